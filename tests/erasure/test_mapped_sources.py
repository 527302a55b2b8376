"""Erasing a patient whose rows are read as a site.toml says: a workbook's sheets, SPSS, cp1252, REDCap projects."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.derived import DERIVED
from tests.erasure.mapped_study import GERMAN_NAME, OTHERS, PATIENT, REDCAP_NAME, SITE, WORDS, erase, study_of
from tests.erasure.search_home import below_home
from tests.sources.study_files import WRITERS
from tests.warehouse.kit import Kit, new_kit
from warehouse.archive.archive import Archive
from warehouse.derived.derive import derive_all
from warehouse.erasure import erase_from_release
from warehouse.erasure.files_left_in_landing import look
from warehouse.erasure.patient_contribution import contribution
from warehouse.quality.rule_results import write_results

IN_ORDER = (*OTHERS[:2], PATIENT, *OTHERS[2:])
OF_FILES = "EXCLUDE (load_id, sha256, arrived_at, rows_erased, reason)"
HOWS = [
    how if how == REDCAP_NAME else pytest.param(how, marks=pytest.mark.long)
    for how in WRITERS
    if not how.endswith("pulled")  # a pull delivers the raw export's file
]


def deliver(kit: Kit, how: str, *patients: str) -> Kit:
    """Deliver the study of these patients as that hospital holds it, and refresh."""
    kit.configure(SITE, WRITERS[how](kit.home.landing / SITE, study_of(*patients)))
    kit.refresh()
    assert kit.problems == [] and kit.value("SELECT count(*) FROM meta.loads WHERE status <> 'accepted'") == 0
    return kit


def derived(kit: Kit) -> dict[str, list[tuple]]:
    """The derived tables, but for the line that decided."""
    derive_all(kit.con)
    found = {}
    for name in DERIVED:
        columns = [c for c, *_ in kit.tuples(f"DESCRIBE derived.{name}") if c != "deciding_line"]
        found[name] = kit.tuples(f"SELECT {', '.join(columns)} FROM derived.{name} ORDER BY ALL")
    return found


def counts(kit: Kit, but: str) -> dict[str, list[dict]]:
    """What is counted of deliveries and rules."""
    write_results(kit.con)
    return {
        "loads": kit.rows(f"SELECT * {but} FROM meta.loads ORDER BY export, delivery"),
        "ledger": kit.rows("SELECT * EXCLUDE (load_id) FROM quality.ledger ORDER BY export, delivery"),
        "results": kit.rows(
            "SELECT rule_id, table_name, n_violations FROM quality.results WHERE level = 'row' ORDER BY ALL"
        ),
    }


def others(kit: Kit) -> dict[str, list[dict]]:
    """The raw rows of everyone else."""
    return {
        name: kit.rows(f"SELECT * FROM raw.{name} WHERE patient_id <> ? ORDER BY row_id", PATIENT)
        for name in ("patients", "rfa_sessions", "genotypes", "imaging_followups")
    }


@pytest.mark.long
@pytest.mark.parametrize("how", HOWS)
def test_the_registry_is_one_in_which_the_patient_never_was(how: str, tmp_path: Path) -> None:
    """Rows of others stay to the last cell and line; derived tables, loads, ledger and findings of rules equal those
    of a registry to which the patient was never delivered; no file below the home names the patient."""
    with new_kit(tmp_path / "never" / "home") as kit:
        deliver(kit, how, *OTHERS)
        never, never_counted = derived(kit), counts(kit, OF_FILES)
    with new_kit(tmp_path / "erased" / "home") as kit:
        deliver(kit, how, *IN_ORDER)
        before = others(kit)
        done = erase(kit)
        assert done.unreadable == 0 and done.rows > 0
        kit.refresh(full=True)
        assert others(kit) == before
        assert derived(kit) == never
        assert counts(kit, OF_FILES) == never_counted
        assert kit.value("SELECT min(rows_erased) FROM meta.loads") > 0
        held = below_home(kit.home, WORDS)
        assert not [name for name in held if not name.startswith("warehouse/")]


@pytest.mark.long
@pytest.mark.parametrize("how", HOWS)
def test_counts_less_the_patients_share_are_those_of_the_erased_archive(how: str, tmp_path: Path) -> None:
    """Loads, with what no export takes, ledger and findings of rules less the share equal those of a rebuild."""
    with new_kit(tmp_path / "home") as kit:
        deliver(kit, how, *IN_ORDER)
        write_results(kit.con)
        with contribution(kit.home, SITE, lambda ids: {PATIENT} & set(ids)) as theirs:
            share = theirs.share_of(*erase_from_release.deliveries_of(kit.con, SITE))
            assert theirs.ids == {PATIENT}
        erase_from_release.subtract(kit.con, SITE, share)
        subtracted = {
            "loads": kit.rows("SELECT * EXCLUDE (load_id, reason) FROM meta.loads ORDER BY export, delivery"),
            "ledger": kit.rows("SELECT * EXCLUDE (load_id) FROM quality.ledger ORDER BY export, delivery"),
        }
        assert theirs.n_rows == erase(kit).rows
        kit.refresh(full=True)
        rebuilt = counts(kit, "EXCLUDE (load_id, reason)")
        for name, rows in subtracted.items():
            assert rows == rebuilt[name], name


@pytest.mark.long
@pytest.mark.parametrize("how", HOWS)
def test_a_later_delivery_brings_nobody_back(how: str, tmp_path: Path) -> None:
    """Files that arrive after the erasure are archived and loaded without the patient, and landing/ is told apart."""
    with new_kit(tmp_path / "home") as kit:
        deliver(kit, how, *OTHERS)
        kit.con.execute("CHECKPOINT")
        erase(kit)
        folder = kit.home.landing / SITE
        WRITERS[how](folder, study_of(*IN_ORDER, "P9")) if how != GERMAN_NAME else _again(kit)
        kit.refresh()
        assert kit.problems == []
        assert kit.value("SELECT count(*) FROM raw.rfa_sessions WHERE patient_id = ?", PATIENT) == 0
        assert kit.value("SELECT count(*) FROM clean.rfa_sessions WHERE patient_id = 'P9'") == 2
        assert kit.value("SELECT max(rows_erased) FROM meta.loads") > 0
        assert below_home(kit.home, WORDS) == {}
        found = look(kit.home, SITE, lambda ids: {PATIENT} & set(ids))
        assert found.unreadable == [] and len(found.holding) == len({a.folder + a.file_name for a in _held(kit)})


def _again(kit: Kit) -> None:
    """The German writer makes its folder, so its earlier files go first."""
    import shutil

    for name in ("klinik", "bildgebung"):
        shutil.rmtree(kit.home.landing / SITE / name)
    WRITERS[GERMAN_NAME](kit.home.landing / SITE, study_of(*IN_ORDER, "P9"))


def _held(kit: Kit) -> list:
    return [a for a in Archive(kit.home).arrivals if a.tombstone is not None and a.tombstone.rows > 0]
