"""Tests treatments from the file to the endpoints: what is set aside, of whom something is told, what readers see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.diff.two_releases import RegistryUnderTest, change, new_registry
from tests.warehouse.kit import SITE, Kit, csv_of, new_kit, row_of
from warehouse.derived.derive import derived_order
from warehouse.refresh.bring_up_to_date import refresh_derived
from warehouse.releases import timeline
from warehouse.releases.query import open_release

OTHER_SITE, N_OTHERS = "south", 40
FILE = "2024-06-30_treatments.csv"
LATER = "2025-03-01_treatments.csv"


def sessions_and_exams(kit: Kit, site: str, *patients: str) -> None:
    """Deliver a lesion and an exam without viable tumour for each patient."""
    for export in ("rfa_sessions", "imaging_followups"):
        rows = [row_of(export, patient_id=patient) for patient in patients]
        kit.deliver(site, export, f"2024-06-30_{export}.csv", csv_of(rows))


def derive_due(kit: Kit) -> dict[str, int | None]:
    """Bring the derived tables up to date; table -> how many patients were due, None for all."""
    dues = {table: refresh_derived(kit.con, table, "this code").due for table in derived_order(kit.con)}
    return {table: None if due.is_full_rebuild else due.n_patients for table, due in dues.items()}


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    """Two patients of one site and many of another, derived, without treatments."""
    with new_kit(tmp_path / "home") as made:
        sessions_and_exams(made, SITE, "P1", "P2")
        sessions_and_exams(made, OTHER_SITE, *(f"Q{number}" for number in range(N_OTHERS)))
        made.refresh()
        derive_due(made)
        yield made


def treated(kit: Kit, *rows: dict[str, str], name: str = FILE) -> None:
    """Deliver treatments of the first site, refresh and derive."""
    kit.deliver(SITE, "treatments", name, csv_of([row_of("treatments", **row) for row in rows]))
    kit.refresh()


ENDED = """
    SELECT patient_id, endpoint, event FROM derived.time_to_event
    WHERE site = ? AND level = 'patient' AND endpoint IN ('TTLTP', 'STFI', 'TTUP', 'DFS') ORDER BY ALL
"""
NOTHING_TOLD = [("P1", "TTLTP", 0), ("P2", "TTLTP", 0)]


def test_the_first_file_tells_of_every_patient_of_its_site(kit: Kit) -> None:
    """P1 had a transplant, so P2 had no treatment; of the other site nothing is known, and nobody there is due."""
    assert kit.tuples(ENDED, SITE) == NOTHING_TOLD
    treated(kit, {"kind": "transplant"})
    assert derive_due(kit) == dict.fromkeys(derived_order(kit.con), 2)
    first, second = [("STFI", 0), ("TTLTP", 3), ("TTUP", 0)], [("STFI", 0), ("TTLTP", 0), ("TTUP", 0)]
    both = [("P1", *ended) for ended in first] + [("P2", *ended) for ended in second]
    assert kit.tuples(ENDED, SITE) == both
    others = kit.tuples(ENDED, OTHER_SITE)
    assert len(others) == N_OTHERS and {endpoint for _, endpoint, _ in others} == {"TTLTP"}


@pytest.mark.long
def test_a_file_without_rows_says_that_nobody_was_treated(kit: Kit) -> None:
    """The header alone is an accepted delivery."""
    kit.deliver(SITE, "treatments", FILE, "patient_id,treatment_id,kind,start_date\n")
    kit.refresh()
    derive_due(kit)
    told = kit.tuples("SELECT patient_id, n_treatments FROM derived.patient_treatments ORDER BY 1")
    assert told == [("P1", 0), ("P2", 0)]


def test_what_is_wrong_is_set_aside_and_the_rest_goes_on(kit: Kit) -> None:
    """Dates, duplicates, unknown patients and lesions, ends before beginnings, days after extract or death: each row or
    value has its entry, and what is sound is accepted.
    """
    dead = {"patient_id": "P2", "vital_status": "dead", "death_date": "2021-01-01"}
    kit.deliver(SITE, "patients", "2024-06-30_patients.csv", csv_of([dead]))
    treated(
        kit,
        {"treatment_id": "sound", "stop_date": "2020-09-01", "regimen": "FOLFOX", "therapy_line": "1"},
        {"treatment_id": "no-date", "start_date": "2020-02-30"},
        {"treatment_id": "twice", "kind": "sirt"},
        {"treatment_id": "twice", "kind": "tace"},
        {"treatment_id": "unknown-patient", "patient_id": "P9"},
        {"treatment_id": "unknown-lesion", "kind": "resection", "lesion_id": "L7"},
        {"treatment_id": "ends-before", "start_date": "2020-07-01", "stop_date": "2020-06-01"},
        {"treatment_id": "after-extract", "start_date": "2024-07-01"},
        {"treatment_id": "after-death", "patient_id": "P2", "start_date": "2021-01-02"},
        {"treatment_id": "past-death", "patient_id": "P2", "stop_date": "2021-01-02"},
        {"treatment_id": "no-such-kind", "kind": "chemo"},
    )
    asked = "SELECT split_part(key, '|', 2), rule_id, column_name, scope FROM quality.quarantine ORDER BY ALL"
    found = kit.tuples(asked)
    assert found == [
        ("after-death", "TRT-05", "start_date", "row"),
        ("after-extract", "TRT-02", "start_date", "row"),
        ("ends-before", "TRT-04", "stop_date", "value"),
        ("no-date", "TYPE-01", "start_date", "row"),
        ("no-such-kind", "TRT-01", "kind", "row"),
        ("past-death", "TRT-05", "stop_date", "value"),
        *[("twice", "KEY-01", None, "row")] * 2,
        ("unknown-lesion", "ORPHAN-01", "lesion_id", "row"),
        ("unknown-patient", "ORPHAN-01", "patient_id", "row"),
    ]
    kept = kit.tuples("SELECT treatment_id, stop_date IS NULL FROM clean.treatments ORDER BY 1")
    assert kept == [("ends-before", True), ("past-death", True), ("sound", False)]


@pytest.mark.long
def test_a_column_called_line_is_the_line_of_therapy(kit: Kit) -> None:
    """It is read as therapy_line, beside the line of the file. Where both are there, line is an unknown column."""
    row = {name: cell for name, cell in row_of("treatments").items() if name != "therapy_line"}
    kit.deliver(SITE, "treatments", FILE, csv_of([row | {"line": "2"}]))
    kit.deliver(SITE, "treatments", LATER, csv_of([row | {"treatment_id": "T9", "Line": "3", "therapy_line": "4"}]))
    kit.refresh()
    asked = "SELECT therapy_line, line FROM clean.treatments ORDER BY ALL"
    assert kit.tuples(asked) == [(2, 1), (4, 1)]
    assert [kit.load(file)["unknown_columns"] for file in (FILE, LATER)] == [[], ["Line"]]


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistryUnderTest]:
    """A registry that is released, with treatments delivered and released again."""
    with new_registry(tmp_path_factory.mktemp("treated") / "home") as made:
        made.before = made.release()
        rows = [{"patient_id": "P01", "kind": "transplant"}, {"patient_id": "P02", "regimen": "FOLFOX"}]
        made.deliver("treatments", FILE, *(row_of("treatments", **row) for row in rows))
        made.after = made.release()
        yield made


@pytest.mark.long
def test_the_note_names_the_treatments_and_what_they_moved(registry: RegistryUnderTest) -> None:
    """Two are new; P01's clocks of LTP end with the transplant, and the file is named as the cause."""
    note = registry.note(registry.before, registry.after)
    assert change(note, "treatments") == (2, 0, 0)
    moved = [row for row in note.endpoints if row["patient_id"] == "P01" and "TTLTP" in row["endpoints"]]
    assert {(row["level"], row["kind"], row["export"], row["delivery"]) for row in moved} == {
        (level, "flipped", "treatments", FILE) for level in ("lesion", "patient")
    }


@pytest.mark.long
def test_the_timeline_shows_them(registry: RegistryUnderTest) -> None:
    """Among the patient's events; a release from before the export is read as well."""
    con = registry.kit.con
    con.execute("CREATE TABLE IF NOT EXISTS quality.results (rule_id VARCHAR, sentence VARCHAR)")
    events = timeline.read(con, SITE, "P02")["events"]
    shown = [(str(event["day"]), event["what"]) for event in events if event["kind"] == "treatment"]
    assert shown == [("2020-06-01", "systemic, FOLFOX")]
    with duckdb.connect() as older, open_release(registry.before) as release:
        for schema, name in (place.split(".") for place in READ):
            older.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            older.register("rows_of", release.execute(f"FROM {schema}.{name}").to_arrow_table())
            older.execute(f"CREATE TABLE {schema}.{name} AS FROM rows_of")
        older.execute("CREATE TABLE quality.results (rule_id VARCHAR, sentence VARCHAR)")
        kinds = {event["kind"] for event in timeline.read(older, SITE, "P02")["events"]}
    assert kinds == {"session", "exam", "specimen"}


READ = (
    *(f"clean.{name}" for name in ("patients", "rfa_sessions", "genotypes", "imaging_followups")),
    *(f"derived.{name}" for name in ("lesion_ltp", "patient_ltpfs", "patient_genotype", "time_to_event")),
    "quality.quarantine",
)
"""What a timeline reads of a release from before the export."""
