"""Tests that a column missing from a delivery keeps its values, while an empty cell empties the value."""

from __future__ import annotations

import json

import pytest

from tests.warehouse.kit import SITE, Kit, csv_of, row_of

HEADER = "patient_id,sex,birth_year,cea_ng_ml,primary_site,vital_status,death_date,last_contact_date\n"
SNAPSHOT = '[exports.patients]\nmode = "snapshot"\nmax_withdrawn = 1.0\n'


def people(kit: Kit, columns: str = "sex, birth_year, vital_status") -> dict[str, tuple]:
    """Patient -> those columns of clean.patients."""
    rows = kit.tuples(f"SELECT patient_id, {columns} FROM clean.patients WHERE site = ? ORDER BY ALL", SITE)
    return {row[0]: row[1:] for row in rows}


def send(kit: Kit, name: str, text: str, export: str = "patients") -> None:
    """Deliver a CSV."""
    kit.deliver(SITE, export, f"{name}.csv", text)


def counts(kit: Kit, delivery: str) -> dict[str, int]:
    """The delivery's counts that are not 0."""
    load = kit.load(f"{delivery}.csv")
    names = ("duplicate", "conflicting", "unchanged", "new", "changed", "keys_withdrawn")
    return {name: load[name] for name in names if load[name]}


@pytest.mark.long
@pytest.mark.parametrize("mode", ["", SNAPSHOT], ids=["delta", "snapshot"])
def test_a_vital_status_file_empties_nothing(kit: Kit, mode: str) -> None:
    """A file of 24 patients with three columns leaves sex, birth year, CEA and primary site as they were."""
    if mode:
        kit.configure(SITE, mode)
    full = [f"P{i},female,{1940 + i},{i}.5,rectum,alive,,2024-01-01\n" for i in range(24)]
    send(kit, "2024-01", HEADER + "".join(full))
    status = [f"P{i},dead,2024-03-0{1 + i % 9}\n" for i in range(24)]
    send(kit, "2024-02", "patient_id,vital_status,death_date\n" + "".join(status))
    kit.refresh()
    now = people(kit, "sex, birth_year, cea_ng_ml, primary_site, vital_status, delivery")
    assert now == {f"P{i}": ("female", 1940 + i, i + 0.5, "rectum", "dead", "2024-02.csv") for i in range(24)}
    assert counts(kit, "2024-02") == {"changed": 24}
    load = kit.load("2024-02.csv")
    assert load["lost_columns"] == ["sex", "birth_year", "primary_site", "cea_ng_ml", "last_contact_date"]
    assert set(load["lost_columns"]) < set(load["missing_columns"])


@pytest.mark.long
def test_an_empty_cell_of_a_column_that_is_there_empties_it(kit: Kit) -> None:
    """Also where all cells of the column are empty; what was emptied stays so when the column is lost."""
    send(kit, "a", "patient_id,sex,birth_year\n1,male,1950\n2,male,1951\n")
    send(kit, "b", "patient_id,sex,birth_year\n1,male,\n2,male,\n")
    send(kit, "c", "patient_id,vital_status\n1,dead\n2,dead\n")
    kit.refresh()
    assert people(kit) == {"1": ("male", None, "dead"), "2": ("male", None, "dead")}


@pytest.mark.long
def test_columns_are_taken_over_one_by_one_from_whoever_had_them_last(kit: Kit) -> None:
    """Each column from the newest delivery that had it, over any number of deliveries without it."""
    send(kit, "a", "patient_id,sex,birth_year\n1,male,1950\n")
    send(kit, "b", "patient_id,vital_status\n1,alive\n")
    send(kit, "c", "patient_id,birth_year\n1,1960\n")
    send(kit, "d", "patient_id,ecog\n1,1\n")
    kit.refresh()
    assert people(kit, "sex, birth_year, vital_status, ecog, delivery") == {"1": ("male", 1960, "alive", 1, "d.csv")}
    assert [counts(kit, name) for name in "abcd"] == [{"new": 1}, {"changed": 1}, {"changed": 1}, {"changed": 1}]


@pytest.mark.long
def test_rows_are_compared_once_absent_cells_are_taken_over(kit: Kit) -> None:
    """A row that says nothing new is unchanged; unknown columns never count."""
    send(kit, "a", "patient_id,sex,ward\n1,male,x\n2,male,x\n2,MALE,y\n")
    send(kit, "b", "patient_id,ward\n1,z\n")
    send(kit, "c", "patient_id,sex,ward\n1,male,other\n")
    kit.refresh()
    assert counts(kit, "a") == {"new": 2, "duplicate": 1}
    assert (counts(kit, "b"), counts(kit, "c")) == ({"unchanged": 1}, {"unchanged": 1})
    assert people(kit, "sex, delivery") == {"1": ("male", "a.csv"), "2": ("male", "a.csv")}


@pytest.mark.long
def test_rows_of_a_delivery_that_lacks_a_column_conflict_by_the_columns_it_has(kit: Kit) -> None:
    """Conflicting rows pass nothing on, and the version before them does."""
    send(kit, "a", "patient_id,sex,birth_year\n1,male,1950\n")
    send(kit, "b", "patient_id,sex,birth_year\n1,female,1960\n1,female,1961\n")
    send(kit, "c", "patient_id,vital_status\n1,dead\n")
    kit.refresh()
    assert people(kit) == {"1": ("male", 1950, "dead")}
    assert counts(kit, "b") == {"conflicting": 2}


@pytest.mark.long
def test_after_a_withdrawal_nothing_is_inherited(kit: Kit) -> None:
    """A key that comes back begins from nothing."""
    kit.configure(SITE, SNAPSHOT)
    send(kit, "a", "patient_id,sex\n1,male\n2,male\n")
    send(kit, "b", "patient_id,sex\n2,male\n")
    send(kit, "c", "patient_id,vital_status\n1,dead\n2,dead\n")
    kit.refresh()
    assert people(kit, "sex, vital_status") == {"1": (None, "dead"), "2": ("male", "dead")}


@pytest.mark.long
def test_an_absent_key_column_reads_as_empty(kit: Kit) -> None:
    """Exams without lesion_id are findings outside the lesions, not the exams of a lesion."""
    exam = row_of("imaging_followups", lesion_id="L1", distance_to_zone_mm="3")
    send(kit, "a", csv_of([exam]), "imaging_followups")
    less = {name: cell for name, cell in exam.items() if name not in ("lesion_id", "lesion_status")}
    send(kit, "b", csv_of([less]), "imaging_followups")
    send(kit, "s", csv_of([row_of("rfa_sessions")]), "rfa_sessions")
    kit.refresh()
    assert counts(kit, "b") == {"new": 1}
    assert kit.load("b.csv")["lost_columns"] == ["lesion_id", "lesion_status"]
    rows = kit.tuples("SELECT lesion_id, lesion_status, distance_to_zone_mm FROM clean.imaging_followups ORDER BY 1")
    assert rows == [("L1", "no_viable", 3.0), (None, None, 3.0)]


@pytest.mark.long
def test_a_rejected_delivery_passes_nothing_on(kit: Kit) -> None:
    """Its columns are no columns of an earlier delivery either."""
    send(kit, "a", "patient_id,sex\n1,male\n")
    send(kit, "b", "sex,birth_year\nfemale,1950\n")
    send(kit, "c", "patient_id\n1\n")
    kit.refresh()
    assert people(kit, "sex, birth_year") == {"1": ("male", None)}
    assert kit.load("c.csv")["lost_columns"] == ["sex"]


@pytest.mark.long
@pytest.mark.parametrize("full", [False, True], ids=["refresh", "refresh --full"])
def test_a_delivery_that_comes_late_is_inherited_from_in_its_place(kit: Kit, full: bool) -> None:
    """Order is that of names; a patient whose version takes other cells over is made again."""
    send(kit, "a", "patient_id,birth_year\n1,1950\n2,1950\n")
    send(kit, "c", "patient_id,vital_status\n1,dead\n2,dead\n")
    kit.refresh()
    assert people(kit, "birth_year, delivery") == {"1": (1950, "c.csv"), "2": (1950, "c.csv")}
    send(kit, "b", "patient_id,birth_year\n1,1960\n")
    kit.refresh(full)
    assert people(kit, "birth_year, delivery") == {"1": (1960, "c.csv"), "2": (1950, "c.csv")}


@pytest.mark.long
def test_quarantine_shows_the_row_as_delivered_and_the_cell_it_is_about(kit: Kit) -> None:
    """A value that was taken over and is wrong is asked about where it counts now."""
    send(kit, "a", "patient_id,birth_year,ecog,node_positive_primary\n1,66,2,no\n")
    send(kit, "b", "patient_id,vital_status\n1,dead\n")
    kit.refresh()
    (entry,) = [e for e in kit.entries() if e["column_name"] == "birth_year"]
    assert (entry["delivery"], entry["scope"]) == ("b.csv", "value")
    shown = {name: cell for name, cell in json.loads(entry["row"]).items() if cell is not None}
    assert shown == {"patient_id": "1", "vital_status": "dead", "birth_year": "66"}
