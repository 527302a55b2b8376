"""The platform's expectations on rows: the library's answer is that of the aggregates, at each bound and in between."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from tests.quality.sound_registry import sound_registry
from tests.variants import quick
from warehouse.expectations import drift, judge_own, run
from warehouse.expectations.frames import Database
from warehouse.expectations.library import new_batches

SOUND = ("nothing", "margins at their bound", "genes at their bound")
CHANGES = {
    "nothing": "SELECT 1",
    "margins at their bound": "UPDATE clean.lesions SET minimal_margin_mm = NULL WHERE place(patient_id) <= 40",
    "margins beyond it": "UPDATE clean.lesions SET minimal_margin_mm = NULL WHERE place(patient_id) <= 41",
    "genes at their bound": "UPDATE derived.patient_genotype SET kras = 'unknown' WHERE place(patient_id) <= 20",
    "genes beyond it": "UPDATE derived.patient_genotype SET kras = 'unknown' WHERE place(patient_id) <= 21",
    "too many mutant": "UPDATE derived.patient_genotype SET kras = 'mutant'",
    "no LTP": "UPDATE derived.lesion_ltp SET ltp = false",
    "a heap of days": "UPDATE clean.rfa_sessions SET session_date = DATE '2020-01-01' WHERE place(patient_id) <= 7",
    "large lesions": "UPDATE clean.lesions SET max_diameter_mm = 60 WHERE place(patient_id) <= 11",
    "rows gone": "DELETE FROM clean.patients WHERE place(patient_id) <= 41",
    "values gone": "UPDATE clean.patients SET cea_ng_ml = NULL, sex = 'unknown' WHERE place(patient_id) <= 41",
    "a row too few": "DELETE FROM derived.lesion_ltp WHERE patient_id = 'P003'",
}


@pytest.fixture(scope="module")
def registry() -> Iterator[duckdb.DuckDBPyConnection]:
    """The sound registry."""
    with sound_registry() as con:
        con.execute("CREATE TEMP MACRO place(patient_id) AS substr(patient_id, 2)::INTEGER + 1")
        yield con


@pytest.fixture(scope="module")
def before() -> Iterator[Database]:
    """The same registry as the release before."""
    with sound_registry() as con:
        yield Database(con)


@pytest.mark.long
@pytest.mark.parametrize("what", quick(3, CHANGES))
def test_rows_and_aggregates_agree(registry, before: Database, what: str) -> None:
    """The same status for each expectation, whatever was changed; every one that can be is judged on rows."""
    registry.begin()
    registry.execute(CHANGES[what])
    observed = run.observe(Database(registry)) | drift.observe_drift(Database(registry), before)
    on_rows, _ = run.judge(observed, new_batches(), registry)
    on_aggregates, _ = run.judge(observed)
    registry.rollback()
    assert _statuses(on_rows) == _statuses(on_aggregates)
    asked = {(j.expectation.table, j.expectation.name) for j in on_rows if j.kind}
    assert {(j.expectation.table, j.expectation.name) for j in on_rows if j.is_on_rows} == asked - set(drift.SHAPES)
    assert ("failed" in _statuses(on_rows).values()) == (what not in SOUND)


@pytest.mark.long
def test_a_large_table_is_judged_on_its_aggregates(registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit of rows each status is that of one number, and the result says so."""
    monkeypatch.setattr(judge_own, "is_small", lambda con, source: source != "clean.lesions")
    judged, _ = run.judge(run.observe(Database(registry)) | _no_drift(registry), new_batches(), registry)
    on_aggregates = {j.expectation.table for j in judged if j.kind and not j.is_on_rows}
    assert on_aggregates == {"clean.lesions"}
    assert {j.kind for j in judged if j.kind and not j.is_on_rows} == {judge_own.LARGEST}


def test_what_the_library_leaves_out_is_an_error(registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """A result that does not come is no pass, on rows neither."""
    monkeypatch.setattr(judge_own.library, "validate", lambda *_: [])
    judged, _ = run.judge(run.observe(Database(registry)) | _no_drift(registry), new_batches(), registry)
    assert {j.status for j in judged} == {"error", "not applicable"}
    assert {j.expectation.name for j in judged if j.status == "error"} >= {"KRAS known", "diameters below 30 mm"}


def _statuses(judged: list[run.Judged]) -> dict[tuple[str, str], str]:
    return {(j.expectation.table, j.expectation.name): j.status for j in judged}


def _no_drift(con: duckdb.DuckDBPyConnection) -> dict:
    return drift.observe_drift(Database(con), drift.NO_RELEASE)
