"""The SQL of a contract finds the rows that the platform's own rules find."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest

from schemas import genotypes
from schemas.canaries import CANARIES
from schemas.canary import EXTRACT_DATE
from schemas.exports import EXPORTS
from schemas.rules import RULES
from warehouse.clean.typed_cells import typed_select
from warehouse.contracts.quality_entries import valid_codes
from warehouse.contracts.row_predicates import NOT_STATED, PREDICATES, TODAY

DAY = f"DATE '{EXTRACT_DATE}'"


def planted(export: str) -> pl.DataFrame:
    """Every row of the export among the canaries, typed, as it is delivered on their extract date."""
    rows = [row.cells for canary in CANARIES for row in canary.rows if row.export == export]
    names = EXPORTS[export].column_names
    cells = {name: [row.get(name) or None for row in rows] for name in names}
    texts = pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String))
    con = duckdb.connect()
    con.register("texts", texts.to_arrow())
    typed = con.execute(f"SELECT {typed_select(EXPORTS[export])}, {DAY} AS extract_date FROM texts").pl()
    return genotypes.add_parsed_columns(typed) if export == "genotypes" else typed


@pytest.mark.parametrize("export", EXPORTS)
def test_each_condition_is_its_rule(export: str) -> None:
    """On the rows of all canaries, SQL and polars agree row by row; each condition finds some of them and not all."""
    frame = planted(export)
    con = duckdb.connect()
    con.register("frame", frame.to_arrow())
    held = {(rule.rule_id, rule.column): rule.holds for rule in EXPORTS[export].row_rules}
    for one in PREDICATES[export]:
        condition = one.sql(str).replace(TODAY, DAY)
        found = con.execute(f"SELECT coalesce({condition}, false) AS broken FROM frame").pl()["broken"]
        expected = frame.select(~held[one.rule_id, one.column].fill_null(True)).to_series()
        assert found.to_list() == expected.to_list(), (one.rule_id, one.column)
        assert found.any() and not found.all(), (one.rule_id, one.column)


def test_every_row_rule_is_stated_or_named() -> None:
    """A rule on one row is a condition, a list of codes, or among those that the registry alone can judge."""
    for export in EXPORTS.values():
        stated = {(one.rule_id, one.column) for one in PREDICATES[export.name]}
        stated |= {(column.code_rule, column.name) for column in export.columns if column.codes}
        for rule in export.row_rules:
            assert (rule.rule_id, rule.column) in stated or rule.rule_id in NOT_STATED, (rule.rule_id, rule.column)
    assert set(NOT_STATED) <= set(RULES)


def test_roman_segments_are_codes_too() -> None:
    """A file may hold IVa; the registry reads it as 4a."""
    codes = valid_codes(EXPORTS["rfa_sessions"].column("segment"))
    assert "IVa" in codes and "VIII" in codes and "4a" in codes
