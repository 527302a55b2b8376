"""Erases a patient whose treatments a site delivers, also from releases of before there was such an export."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from tests.build_once import build_once
from tests.erasure.conftest import copy_of
from tests.erasure.erased_home import MASKED, OTHERS, PATIENT, SITE, WORDS, forget, refresh
from tests.erasure.search_home import below_home, cells_with
from tests.orchestration.command import Ran, run_here
from tests.orchestration.light import EVERYTHING
from tests.warehouse.kit import csv_of, row_of
from warehouse.releases.query import open_release
from warehouse.releases.release import Release, find_release, list_releases
from warehouse.storage.home import Home
from workflows.report_facts import courses

pytestmark = pytest.mark.long
PLANTED = (*WORDS, "zqregimen", "zqstopped", "zqwhy")
ASIDE = {*MASKED, "zqstopped", "zqwhy"}
"""Those in cells that no reader gets: values that were set aside."""
TOLD = (PATIENT, *OTHERS[:3])
LATER = ("apc", "her2", "mmr", "msi", "pik3ca", "smad4", "tmb", "tp53")
"""Beginnings of columns that came together with the export."""


@dataclass(frozen=True)
class Erased:
    """A home whose last release knew treatments, before the erasure and after; ``ran``: what the command said."""

    before: Home
    home: Home
    ran: Ran


def as_before_treatments(release: Release) -> None:
    """Take from a release what later versions added: the treatments, what is told of them, the further genes."""
    with duckdb.connect(str(release.database)) as con:
        for view in ("patients", "lesions"):
            con.execute(f"DROP VIEW cohort.{view}")
        con.execute("CREATE TABLE derived.times AS FROM derived.time_to_event; DROP VIEW derived.time_to_event")
        con.execute("ALTER TABLE derived.times RENAME TO time_to_event")  # once it was a table
        con.execute("DROP TABLE clean.treatments; DROP TABLE derived.patient_treatments")
        columns = con.execute(
            "SELECT schema_name || '.' || table_name, column_name FROM duckdb_columns() JOIN duckdb_tables() "
            "USING (schema_name, table_name) WHERE schema_name IN ('clean', 'derived', 'quality')"
        ).fetchall()
        for table, column in columns:
            if column.removeprefix("n_").startswith(LATER) or column == "assay":
                con.execute(f'ALTER TABLE {table} DROP COLUMN "{column}"')


def treat(home: Home) -> None:
    """Deliver treatments of the patient and of others: systemic therapy, and a transplant; of the patient, one with a
    day that is none and another with a code that is none.
    """
    rows = []
    for patient in TOLD:
        words = {"regimen": "zqregimen"} if patient == PATIENT else {"regimen": "FOLFOX"}
        rows.append(row_of("treatments", patient_id=patient, start_date="2020-02-01", stop_date="2020-09-30") | words)
        rows.append(row_of("treatments", patient_id=patient, treatment_id="T2", kind="transplant"))
    wrong = {"stop_date": "zqstopped", "intent": "zqwhy"}
    rows.append(row_of("treatments", patient_id=PATIENT, treatment_id="T3") | wrong)
    path = home.landing / SITE / "treatments" / "2024-09-30_x.csv"
    path.parent.mkdir(parents=True)
    names = list(dict.fromkeys(name for row in rows for name in row))
    path.write_text(csv_of([{name: row.get(name, "") for name in names} for row in rows]), encoding="utf-8")


@pytest.fixture(scope="module")
def erased(held: tuple[Home, list[str]], tmp_path_factory: pytest.TempPathFactory) -> Erased:
    """Two releases without treatments, the first as an earlier version made it, and a third with; then the patient is
    erased.
    """

    def made(folder: Path) -> tuple[Home, Home, Ran]:
        before = copy_of(held[0], folder / "before")
        as_before_treatments(find_release(before, held[1][0]))
        treat(before)
        ran = refresh(before, EVERYTHING)
        assert ran.code == 0 and ran.text.startswith("Released "), ran.err.decode()
        home = copy_of(before, folder / "after")
        return before, home, forget(home)

    return Erased(*build_once(tmp_path_factory, "erased_treatments", made))


def one(release: Release, sql: str) -> tuple:
    """The only row that a SELECT gives in the release."""
    with open_release(release) as con:
        (row,) = con.execute(sql).fetchall()
    return row


def test_there_was_something_to_erase(erased: Erased) -> None:
    """Archive, journals and build database hold every planted word, the newest release those that readers may see; the
    first knows no treatments.
    """
    home = erased.before
    newest, first = list_releases(home)[0], list_releases(home)[-1]
    for database, words in ((home.build_database, set(PLANTED)), (newest.database, set(PLANTED) - ASIDE)):
        assert {word for found in cells_with(database, PLANTED).values() for word in found} == words
    assert {"zqstopped", "zqwhy"} <= set(cells_with(home.build_database, PLANTED)["quality.quarantine"])
    assert one(newest, "SELECT count(*), count(DISTINCT patient_id) FROM clean.treatments")[1] == len(TOLD)
    with open_release(first) as con:
        assert con.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'treatments'").fetchall() == []


def test_nothing_below_the_home_names_the_patient_or_a_treatment_of_theirs(erased: Erased) -> None:
    """Neither a file (archive, journals, note, figures, documents) nor a cell of a release or the build database."""
    assert erased.ran.code == 0, erased.ran.err.decode()
    assert below_home(erased.home, PLANTED) == {}
    for database in (erased.home.build_database, *(release.database for release in list_releases(erased.home))):
        assert cells_with(database, PLANTED) == {}


def test_every_release_is_made_again_whole(erased: Erased) -> None:
    """Also the one that had fewer columns: each verifies, no rule fails to run, and what it never knew is null."""
    new = list_releases(erased.home)
    assert [r.manifest["erased_from"] for r in new] == [r.release_id for r in list_releases(erased.before)]
    for release in new:
        assert run_here(erased.home.root, "verify", release.release_id).code == 0
        assert one(release, "SELECT count(*) FILTER (status = 'error') FROM quality.results") == (0,)
        assert one(release, "SELECT bool_and(is_balanced) FROM quality.ledger") == (True,)
    assert one(new[0], "SELECT count(*) > 0, count(*) = count(tp53) FROM cohort.patients") == (True, True)
    assert one(new[-1], "SELECT count(*) > 0, count(tp53) FROM cohort.patients") == (True, 0)


def test_the_treatments_of_others_stay(erased: Erased) -> None:
    """Three of theirs had a transplant that removed the area, before and after; the file lost three rows."""
    said = "SELECT count(*), count(DISTINCT patient_id) FROM clean.treatments"
    told = (
        f"SELECT count(*) FROM derived.patient_treatments WHERE removed_date IS NOT NULL AND patient_id <> '{PATIENT}'"
    )
    before, after = list_releases(erased.before)[0], list_releases(erased.home)[0]
    assert one(after, said) == (2 * (len(TOLD) - 1), len(TOLD) - 1)
    assert one(after, told) == one(before, told)
    lost = "SELECT rows_received, rows_erased FROM meta.loads WHERE export = 'treatments'"
    assert one(after, lost) == (2 * (len(TOLD) - 1), 3)


def test_nobody_is_asked_about_and_nobody_is_drawn(erased: Erased) -> None:
    """`registry explain` knows no such patient; the swimmer plot has the lesions and the therapies of the others."""
    ran = run_here(erased.home.root, "explain", SITE, PATIENT)
    assert ran.code == 1 and "zqregimen" not in (ran.text + ran.complaint).lower()
    told = run_here(erased.home.root, "explain", SITE, OTHERS[0])
    assert told.code == 0 and "FOLFOX" in told.text
    followed = "SELECT count(*) FROM derived.time_to_event WHERE endpoint = 'TTLTP' AND level = 'lesion'"
    before, after = list_releases(erased.before)[0], list_releases(erased.home)[0]
    assert one(after, followed)[0] == one(before, followed)[0] - 1
    for release, n_treated in ((before, len(TOLD)), (after, len(TOLD) - 1)):
        with open_release(release) as con:
            assert courses(con)["systemic"].notna().sum() == n_treated
        drawn = (release.folder / "figures" / "swimmer.svg").read_text(encoding="utf-8")
        assert "systemic therapy (thin line)" in drawn


def test_the_patient_does_not_come_back_with_treatments(erased: Erased, tmp_path: Path) -> None:
    """A file that names the patient again is archived without them."""
    home = copy_of(erased.home, tmp_path)
    path = home.landing / SITE / "treatments" / "2024-12-31_x.csv"
    rows = [row_of("treatments", patient_id=patient, treatment_id="T9") for patient in (PATIENT, OTHERS[0])]
    path.write_text(csv_of([row | {"regimen": "zqregimen"} for row in rows[:1]] + [rows[1] | {"regimen": ""}]))
    assert refresh(home).code == 0
    assert below_home(home, PLANTED) == {}
    lost = "SELECT rows_received, rows_erased FROM meta.loads WHERE delivery LIKE '2024-12-31%'"
    assert one(find_release(home), lost) == (1, 1)
