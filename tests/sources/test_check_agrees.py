"""Tests that `registry check` answers what a refresh does afterwards, file by file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.sources.test_mapped_deliveries import CLINIC, ROWS
from tests.variants import quick
from tests.warehouse.kit import SITE, Kit, csv_of, new_kit, row_of
from tests.warehouse.test_bad_files import BAD, CELL, GOOD
from warehouse.clean.clean import clean_due_patients
from workflows.check_results import Checked
from workflows.check_site import check_site
from workflows.load_deliveries import load_deliveries

FACTS = "status, coalesce(reason, ''), rows_received, new, changed, unchanged, duplicate, conflicting, keys_withdrawn"
SHARED = Path(__file__).parents[3] / "shared"


def said(found: Checked) -> dict[tuple[str, str], tuple]:
    """What the check says of each delivery, as meta.loads does, and the rows that would be set aside."""
    return {
        (one.export, one.delivery): (
            one.status,
            one.reason,
            one.rows_received,
            *(one.counts[name] for name in ("new", "changed", "unchanged", "duplicate", "conflicting")),
            one.keys_withdrawn,
            one.n_rows_set_aside,
        )
        for file in found.files
        for one in file.deliveries
    }


def done(kit: Kit) -> dict[tuple[str, str], tuple]:
    """The same of a refresh of the site, from meta.loads and the quarantine."""
    return refreshed(kit)[SITE]


def refreshed(kit: Kit) -> dict[str, dict[tuple[str, str], tuple]]:
    """The same by site, after one refresh of all sites."""
    load_deliveries(kit.con, kit.home)
    clean_due_patients(kit.con, "this code")
    aside = "SELECT count(DISTINCT row_id) FROM quality.quarantine q WHERE q.load_id = l.load_id AND scope = 'row'"
    rows = kit.tuples(f"SELECT site, export, delivery, {FACTS}, ({aside}) FROM meta.loads l")
    sites: dict[str, dict[tuple[str, str], tuple]] = {}
    for site, export, delivery, *rest in rows:
        sites.setdefault(site, {})[export, delivery] = tuple(rest)
    return sites


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> tuple[Checked, dict[tuple[str, str], tuple]]:
    """The check of every bad file and a good one, and the refresh of them."""
    with new_kit(tmp_path_factory.mktemp("home")) as kit:
        for name, content, _ in BAD.values():
            kit.deliver(SITE, "patients", name, content)
        kit.deliver(SITE, "patients", "zz_good.csv", GOOD)
        return check_site(kit.home, SITE), done(kit)


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_refused_as_a_refresh_refuses_it(bad: tuple[Checked, dict], what: str) -> None:
    """Status, reason and counts are the same to the letter, and no cell of the file is in the answer."""
    found, loaded = bad
    place = ("patients", BAD[what][0])
    assert said(found)[place] == loaded[place]
    assert said(found)[place][0] == "rejected"
    assert CELL not in repr([file for file in found.files if file.place.endswith(BAD[what][0])])


def test_all_others_are_as_a_refresh_has_them(bad: tuple[Checked, dict]) -> None:
    """The good file beside them would load; the answer as a whole is no."""
    found, loaded = bad
    assert said(found) == loaded and not found.would_load
    assert said(found)["patients", "zz_good.csv"][0] == "accepted"


@pytest.mark.long
def test_deliveries_follow_those_in_the_archive(kit: Kit) -> None:
    """Changed, unchanged, duplicate, conflicting and set-aside rows are counted against what came before."""
    first = [row_of("rfa_sessions"), row_of("rfa_sessions", patient_id="P2")]
    kit.deliver(SITE, "rfa_sessions", "2024-01.csv", csv_of(first))
    done(kit)
    second = [
        row_of("rfa_sessions"),
        row_of("rfa_sessions"),
        row_of("rfa_sessions", patient_id="P2", max_diameter_mm="25"),
        row_of("rfa_sessions", patient_id="P3"),
        row_of("rfa_sessions", patient_id="P3", max_diameter_mm="31"),
        row_of("rfa_sessions", patient_id="P4", session_date="soon"),
    ]
    kit.deliver(SITE, "rfa_sessions", "2024-02.csv", csv_of(second))
    kit.deliver(SITE, "imaging_followups", "2024-02.csv", csv_of([row_of("imaging_followups", patient_id="P9")]))
    found = said(check_site(kit.home, SITE))
    assert set(found) == {("rfa_sessions", "2024-02.csv"), ("imaging_followups", "2024-02.csv")}
    loaded = done(kit)
    assert found == {place: loaded[place] for place in found}
    assert found["rfa_sessions", "2024-02.csv"][3:8] == (1, 1, 1, 1, 2)


@pytest.mark.long
def test_mapped_files_and_a_stray_one(kit: Kit) -> None:
    """Files of a mapping, one file for two exports, and one that no source reads."""
    kit.configure(SITE, CLINIC)
    kit.deliver(SITE, "klinik", "2021.csv", ROWS)
    kit.deliver(SITE, "klinik", "2022.csv", ROWS.replace("Durchmesser", "Diameter"))
    kit.deliver(SITE, "rfa_sessions", "stray.csv", ROWS)
    found = said(check_site(kit.home, SITE))
    assert found == done(kit)
    assert found["rfa_sessions", "stray.csv"][0] == found["rfa_sessions", "2022.csv"][0] == "rejected"


SAMPLES = ("repeating-instruments", "checkboxes-1", "vignette-repeating", "longitudinal")


@pytest.mark.long
@pytest.mark.skipif(not SHARED.is_dir(), reason="the samples lie beside the checkout")
@pytest.mark.parametrize(
    "sample", quick(1, ["repeating-instruments", "checkboxes-1", "vignette-repeating", "longitudinal"])
)
def test_redcap_projects_of_others(kit: Kit, sample: str) -> None:
    """A REDCap project from outside: the check says what a refresh does with it."""
    folder = SHARED / "samples" / "redcap" / sample
    kit.configure(
        SITE,
        '[sources.redcap]\nkind = "redcap"\ndictionary = "dictionary.csv"\n[exports.patients]\nsource = "redcap"\n'
        '[exports.patients.columns]\npatient_id = ["record_id", "study_id"]\n',
    )
    (kit.home.landing / SITE / "dictionary.csv").write_bytes((folder / "dictionary.csv").read_bytes())
    kit.deliver(SITE, "redcap", "2024-01-31.csv", (folder / "data.csv").read_bytes())
    found = check_site(kit.home, SITE)
    assert found.files and said(found) == done(kit)


@pytest.mark.long
@pytest.mark.skipif(not SHARED.is_dir(), reason="the cases lie beside the checkout")
def test_cases_of_others(kit: Kit) -> None:
    """The exports of cases from outside, each case as a site: one refresh does what each check said."""
    found = {}
    for case in sorted((SHARED / "cases").glob("*/landing/s")):
        site = f"case-{case.parts[-3][:2]}"
        shutil.copytree(case, kit.home.landing / site)
        found[site] = said(check_site(kit.home, site))
    assert len(found) > 20
    assert found == refreshed(kit)
