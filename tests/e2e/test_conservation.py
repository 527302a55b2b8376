"""Every row received is accounted for, and every planted defect was found."""

import csv
import gzip
import io

import pytest

from schemas.rules import RULES
from synthetic.study import SITE
from tests.e2e.demonstration import Demonstration
from tests.synthetic.planted_defects import planted_defects

EXPORTS = ("patients", "rfa_sessions", "genotypes", "imaging_followups")


def _data_rows(data: bytes) -> int:
    text = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    return sum(1 for row in csv.reader(io.StringIO(text.decode("utf-8-sig"))) if row) - 1


def test_every_delivered_row_is_counted(demonstration: Demonstration) -> None:
    """Rows received equal the rows of the file, and the sum of duplicate, conflicting, unchanged, new and changed."""
    loads = demonstration.rows(
        "SELECT export, file_name, rows_received, duplicate + conflicting + unchanged + new + changed FROM meta.loads"
    )
    assert len(loads) == 16
    for export, name, received, counted in loads:
        path = demonstration.home.landing / SITE / export / name
        assert received == counted == _data_rows(path.read_bytes()), name


def test_every_kind_of_row_occurs(demonstration: Demonstration) -> None:
    """The demonstration contains each kind of row, so that no sum is trivially zero."""
    kinds = "sum(duplicate), sum(conflicting), sum(unchanged), sum(new), sum(changed)"
    assert all(n > 0 for n in demonstration.rows(f"SELECT {kinds} FROM meta.loads")[0])


def test_every_new_row_has_a_place(demonstration: Demonstration) -> None:
    """New and changed rows are current, superseded or withdrawn; current rows are clean or in quarantine, not both."""
    broken = demonstration.rows(
        "SELECT delivery FROM quality.ledger WHERE NOT is_balanced "
        "OR new + changed <> current + superseded + withdrawn OR current <> in_clean + in_quarantine OR in_both <> 0 "
        "OR conflicting <> conflicting_in_quarantine"
    )
    assert broken == []


@pytest.mark.long
def test_ledger_counts_what_the_tables_hold(demonstration: Demonstration) -> None:
    """The ledger's counts of clean and quarantined rows are those of the released tables."""
    for export in EXPORTS:
        counted = demonstration.rows(
            f"SELECT sum(in_clean), sum(in_quarantine) + sum(conflicting) FROM quality.ledger WHERE export = '{export}'"
        )[0]
        origin = "WHERE origin = 'patients'" if export == "patients" else ""
        clean = demonstration.rows(f"SELECT count(*) FROM clean.{export} {origin}")[0][0]
        quarantined = demonstration.rows(
            "SELECT count(*) FROM (SELECT DISTINCT delivery, line FROM quality.quarantine "
            f"WHERE export = '{export}' AND scope = 'row')"
        )[0][0]
        assert counted == (clean, quarantined), export


def test_planted_defects_are_found_and_nothing_else(demonstration: Demonstration) -> None:
    """Quarantine holds exactly the planted rows and values, by file, line, rule and scope."""
    planted = {(d.export, d.file, d.line, d.rule_id, d.scope) for d in planted_defects() if d.scope in ("row", "value")}
    found = demonstration.rows("SELECT export, delivery, line, rule_id, scope FROM quality.quarantine")
    assert set(found) - planted == set()
    assert planted - set(found) == set()


def test_planted_columns_are_named(demonstration: Demonstration) -> None:
    """If a defect is in one column, the entry names it."""
    planted = {
        (d.export, d.file, d.line, d.rule_id, d.column_name)
        for d in planted_defects()
        if d.scope in ("row", "value") and d.column_name
    }
    found = demonstration.rows("SELECT export, delivery, line, rule_id, column_name FROM quality.quarantine")
    assert planted - set(found) == set()


@pytest.mark.long
def test_planted_flags_are_set(demonstration: Demonstration) -> None:
    """Every planted warning is in the flags of its clean row."""
    for d in planted_defects():
        if d.scope == "flag":
            where = f"delivery = '{d.file}' AND line = {d.line}"
            flags = demonstration.rows(f"SELECT flags FROM clean.{d.export} WHERE {where}")
            patient = d.key[0]
            if not flags:  # a duplicate or redelivered row: the flag stands on the version that is current
                flags = demonstration.rows(f"SELECT flags FROM clean.{d.export} WHERE patient_id = '{patient}'")
            assert any(d.rule_id in row[0] for row in flags), d


@pytest.mark.long
def test_corrected_rows_are_open_no_more(demonstration: Demonstration) -> None:
    """A row that a later delivery corrected has no open entry."""
    entries = set(demonstration.rows("SELECT export, delivery, line FROM quality.quarantine"))
    corrected = {(d.export, d.file, d.line) for d in planted_defects() if d.scope == "corrected"}
    assert corrected and corrected & entries == set()


def test_reasons_are_the_catalogue_s_sentences(demonstration: Demonstration) -> None:
    """An entry's reason is its rule's sentence for the column, so it holds no value; the raw row is kept with it."""
    entries = demonstration.rows('SELECT rule_id, column_name, reason, "row" FROM quality.quarantine')
    for rule_id, column, reason, row in entries:
        assert reason == RULES[rule_id].reason(column or "") and row.startswith("{")


def test_set_aside_values_are_empty(demonstration: Demonstration) -> None:
    """A value in quarantine is empty in the clean row, and the row is kept."""
    entries = demonstration.rows(
        "SELECT export, delivery, line, column_name FROM quality.quarantine WHERE scope = 'value'"
    )
    assert len(entries) > 20
    with demonstration.open() as con:
        for export, delivery, line, column in entries:
            found = con.execute(
                f"SELECT {column} FROM clean.{export} WHERE delivery = ? AND line = ?", [delivery, line]
            ).fetchall()
            assert found in ([(None,)], [("unknown",)]), (export, delivery, line, column)
