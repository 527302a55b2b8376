"""Tests how a frame is judged: order of phases, scopes, and no silence about a check that did not run."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from schemas import exports
from schemas.contract import FINDINGS_SCHEMA, UNPARSED_SUFFIX, ContractError, judge
from schemas.export import RowRule
from schemas.exports import EXPORTS

PATIENTS = EXPORTS["patients"]
TYPES = {
    "identifier": pl.String,
    "text": pl.String,
    "code": pl.String,
    "flag": pl.String,
    "date": pl.Date,
    "integer": pl.Int32,
    "number": pl.Float64,
}


def frame(*rows: dict[str, object]) -> pl.DataFrame:
    """Typed rows of patients; what a row leaves out is null (unknown for flags), extract date 2024-06-30."""
    schema = {"row_id": pl.Int64, "extract_date": pl.Date} | {c.name: TYPES[c.kind] for c in PATIENTS.columns}
    schema |= {c.name + UNPARSED_SUFFIX: pl.Boolean for c in PATIENTS.columns if c.is_parsed}
    flags = {c.name: "unknown" for c in PATIENTS.columns if c.kind == "flag"}
    marks = {name: False for name in schema if name.endswith(UNPARSED_SUFFIX)}
    whole = [
        {"row_id": i, "extract_date": date(2024, 6, 30), "patient_id": f"P{i}"} | flags | marks | row
        for i, row in enumerate(rows)
    ]
    return pl.DataFrame(whole, schema=schema)


def findings(*rows: dict[str, object]) -> list[tuple[object, ...]]:
    """The findings of the rows, sorted."""
    return sorted(judge(PATIENTS, frame(*rows)).findings.rows())


def test_a_right_row_goes_on_unchanged() -> None:
    """No finding, and the frame as it came."""
    given = frame({"sex": "male"}, {})
    judgement = judge(PATIENTS, given)
    assert judgement.findings.is_empty()
    assert judgement.findings.schema == FINDINGS_SCHEMA
    assert judgement.accepted.equals(given)


def test_no_rows_are_no_findings() -> None:
    """An empty frame is judged without fuss."""
    assert judge(PATIENTS, frame().clear()).findings.schema == FINDINGS_SCHEMA


def test_scopes_follow_the_column() -> None:
    """A required column costs the row, an optional one the value, a warning nothing."""
    rows = ({"patient_id": None}, {"sex": "x"}, {"cea_ng_ml": 2000.0})
    assert findings(*rows) == [
        (0, "REQ-01", "patient_id", "row"),
        (1, "PAT-03", "sex", "value"),
        (2, "PAT-12-W", "cea_ng_ml", "flag"),
    ]
    accepted = judge(PATIENTS, frame(*rows)).accepted
    assert accepted.select("row_id", "sex", "cea_ng_ml").rows() == [(1, None, None), (2, None, 2000.0)]


def test_a_row_set_aside_is_not_seen_by_the_next_phase() -> None:
    """Only REQ-01 is found in a row that would break rules of phases 3 and 4 as well."""
    assert findings({"patient_id": None, "sex": "x", "vital_status": "dead"}) == [(0, "REQ-01", "patient_id", "row")]


def test_an_unparsed_cell_is_a_type_error_and_not_a_missing_one() -> None:
    """The mark says that the empty typed cell held text."""
    assert findings({"birth_year" + UNPARSED_SUFFIX: True}) == [(0, "TYPE-01", "birth_year", "value")]


@pytest.fixture
def patients_with(monkeypatch: pytest.MonkeyPatch) -> object:
    """A way to judge patients by one more rule."""

    def make(rule: RowRule) -> object:
        changed = replace(PATIENTS, row_rules=(*PATIENTS.row_rules, rule))
        monkeypatch.setitem(exports.EXPORTS, "patients", changed)
        return changed

    return make


def test_a_check_that_cannot_run_is_an_error_without_values(patients_with) -> None:
    """A condition that fails to evaluate does not pass in silence, and its error holds no cell."""
    changed = patients_with(RowRule("PAT-03", "sex", pl.col("no_such_column") == "x"))
    with pytest.raises(ContractError) as error:
        judge(changed, frame({"sex": "Qzx"}))
    assert "Qzx" not in str(error.value) and "phase 3" in str(error.value)


def test_a_condition_that_is_null_is_counted_as_an_error(patients_with) -> None:
    """A rule that forgets empty cells is seen at once: its rows are counted as unjudged, and not held against it."""
    changed = patients_with(RowRule("PAT-03", "sex", pl.col("sex") == "male"))
    judged = judge(changed, frame({}))
    assert judged.findings.is_empty() and judged.unjudged == {"PAT-03": 1}
