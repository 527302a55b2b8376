"""Tests what readers see of rows that were set aside: canonical columns, with unaccepted values masked."""

from __future__ import annotations

import json

import pytest

from schemas.exports import EXPORTS
from schemas.header_names import shown_header
from tests.warehouse.kit import SITE, Kit
from warehouse.storage.for_readers import MASKED, write_for_readers

HEADER = "patient_id,session_id,session_date,lesion_id,max_diameter_mm,segment,guidance,power_w,operator\n"
ROWS = (
    "P1,S1,2020-01-02,L1,20,Anna Berg,ct of Berg,0171555012345,Anna Berg\n"  # a code that is a name
    "P2,S1,,L1,20,7,Dr. Berg,60,Anna Berg\n"  # no date: its other cells were not judged
    "Dr. Berg,S1,2020-01-02,L1,20,7,us,60,Anna Berg\n"  # an identifier that is a name
    "P4,S1,2020-01-02,L1,20,7,Berg,60,x\nP4,S1,2020-01-02,L1,21,7,Berg,60,x\n"  # rows in conflict are never judged
)


@pytest.fixture
def kit(kit: Kit) -> Kit:
    """A delivery whose every fault could be somebody's name."""
    kit.deliver(SITE, "rfa_sessions", "2020-06-30.csv", HEADER + ROWS)
    return kit.refresh()


def test_rows_for_readers(kit: Kit) -> None:
    """No name is left, keys and sound cells are, unknown columns are gone; the build has the row whole."""
    rows = kit.tuples('SELECT key, "row" FROM released.quarantine ORDER BY line')
    assert rows and "Berg" not in str(rows) and "0171" not in str(rows)
    shown = [json.loads(row) for _, row in rows]
    assert all(set(row) == set(EXPORTS["rfa_sessions"].column_names) for row in shown)
    assert {row["patient_id"] for row in shown} == {"P1", "P2", MASKED, "P4"}
    assert {key for key, _ in rows} == {"P1|S1|L1", "P2|S1|L1", f"{MASKED}|S1|L1", "P4|S1|L1"}
    assert {row["session_date"] for row in shown} == {"2020-01-02", None}
    assert "Anna Berg" in str(kit.tuples('SELECT "row" FROM quality.quarantine'))


def test_masking_is_the_same_twice(kit: Kit) -> None:
    """Refreshing again gives the same rows."""
    first = kit.tuples("FROM released.quarantine ORDER BY ALL")
    assert kit.refresh().tuples("FROM released.quarantine ORDER BY ALL") == first


def test_a_resolved_entry_masks_nothing_that_is_open(kit: Kit) -> None:
    """Open entries are shown as in a rebuild from the archive, which knows no resolved ones; a resolved entry masks its
    own cell and those of the row's open entries."""
    before = kit.tuples("FROM released.quarantine ORDER BY ALL")
    kit.con.execute(
        "INSERT INTO quality.resolved BY NAME SELECT q.* EXCLUDE (row_id, answer) "
        "REPLACE ('ABL-10' AS rule_id, 'power_w' AS column_name) FROM quality.quarantine q WHERE key LIKE 'P2%'"
    )
    write_for_readers(kit.con)
    assert kit.tuples("FROM released.quarantine ORDER BY ALL") == before
    ((closed,),) = kit.tuples('SELECT "row" FROM released.resolved')
    ((still_open,),) = kit.tuples("SELECT \"row\" FROM released.quarantine WHERE key LIKE 'P2%'")
    assert json.loads(still_open)["power_w"] == "60" and json.loads(closed)["power_w"] == MASKED
    assert {**json.loads(closed), "power_w": "60"} == json.loads(still_open)


@pytest.mark.long
def test_a_variant_is_shown_as_notation_only(kit: Kit) -> None:
    """Of rows set aside the variant, part of the key and free text, is shown where it is notation and no other word."""
    variants = ("p.G12D", "c.35G>A p.G12D", "G12D seen by Berg", "Berg, Anna: p.G12D")
    lines = [f"P2,T{n},liver_metastasis,KRAS,unheard of,{v.replace(', ', '; ')}" for n, v in enumerate(variants)]
    header = "patient_id,specimen_id,specimen_site,gene,result,variant\n"
    kit.deliver(SITE, "genotypes", "2020-06-30.csv", header + "\n".join(lines))
    kit.refresh()
    rows = kit.tuples("SELECT key, \"row\" FROM released.quarantine WHERE export = 'genotypes'")
    assert "Berg" not in str(rows)
    shown = {json.loads(row)["variant"] for _, row in rows}
    assert shown == {"p.G12D", "c.35G>A p.G12D", MASKED}


@pytest.mark.parametrize(
    ("name", "is_shown"),
    [("Ward", True), ("note (column 4)", True), ("kras_2024-01-31", True), ("Dr. Berg 0171 5550123", False),
     ("berg@clinic.org", False), ("0171/5550123", False), ("MRN 4711", False), ("x" * 61, False)],
)  # fmt: skip
def test_names_of_columns(name: str, is_shown: bool) -> None:
    """A header that could be somebody's identity is reported by its place."""
    assert shown_header(name, 8) == (name if is_shown else "column 9")
