"""Tests that this code avoids known traps of its libraries, in all assets, checks and SQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import duckdb
import pytest
import yaml

from assets import canaries, clean, derived, expectations
from orchestration.instance import DAGSTER_YAML
from tests.expectations.suites import EXAMPLE
from warehouse.expectations import run
from warehouse.expectations.frames import Observed
from warehouse.expectations.suites import EXPECTATIONS, SUITES, is_gate
from warehouse.lineage import table_lineage
from warehouse.storage.sql_files import FOLDER

ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN


def blocking_checks(home: Path) -> set[tuple[str, str]]:
    """(asset, check) of every blocking check in the definitions of a home that has a gate among its expectations."""
    from orchestration.definitions import build_definitions

    (home / "expectations").mkdir()
    (home / "expectations" / "house.json").write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    definitions = build_definitions(home)
    specs = [
        spec
        for asset in [*(definitions.assets or ()), *(definitions.asset_checks or ())]
        if isinstance(asset, dg.AssetsDefinition)
        for spec in asset.check_specs
    ]
    return {(spec.asset_key.to_user_string(), spec.name) for spec in specs if spec.blocking}


class Broken:
    """A build database in which everything is broken: a gate and a warning of each suite, a rule of each export."""

    def execute(self, sql: str, parameters: list | None = None) -> SimpleNamespace:
        """One broken row of whatever is asked."""
        rows = [("failed", "gate", "t: a gate"), ("error", "warning", "t: a warning")]
        return SimpleNamespace(fetchall=lambda: rows if "expectations" in sql else [("TYPE-01", 1)])


def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[tuple[str, str], dg.AssetCheckResult]]:
    """Every check that the assets report with their tables, as it comes where all is broken."""
    for table in derived.DERIVED:
        for check in ("contract", *derived.GATES.get(table, ())):
            name = check.replace("-", "_")
            yield (f"derived/{table}", name), derived._result(table, name, {"condition": 1})
    monkeypatch.setattr(clean, "unbalanced", lambda con: ["north/patients/a.csv"])
    for result in clean._check_results(Broken()):
        assert isinstance(result, dg.AssetCheckResult) and result.asset_key is not None and result.check_name
        yield (result.asset_key.to_user_string(), result.check_name), result
    for suite in SUITES:
        yield ("quality/expectations", suite), expectations.check_result(Broken(), suite)
    yield ("quality/expectations", "own_gates"), expectations.own_gates_result(Broken())
    report = SimpleNamespace(is_whole=False, sentence="", missed=["x"], false_alarms=[])
    yield ("quality/canaries", "canaries"), canaries.check_result(report)


def test_no_check_is_blocking_and_warns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A blocking check that fails as a warning lets its own run go on and shuts the automation for good. Each blocking
    check of the definitions, a new one too, stands here with its result where all is broken, and that is an error.
    """
    results = dict(failing(monkeypatch))
    blocking = blocking_checks(tmp_path)
    assert ("quality/expectations", "own_gates") in blocking
    assert blocking and blocking <= set(results), blocking - set(results)
    for name, result in results.items():
        assert not result.passed, name
        assert result.severity == (ERROR if name in blocking else WARN), name


def test_a_warning_in_a_blocking_suite_fails_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A warning that somebody adds to a suite with gates is named, and shuts nothing."""
    con = SimpleNamespace(
        execute=lambda *_: SimpleNamespace(fetchall=lambda: [("passed", "gate", "t: a"), ("failed", "warning", "t: b")])
    )
    for suite in filter(is_gate, SUITES):
        result = expectations.check_result(con, suite)
        assert result.passed and result.severity == ERROR and "t: b" in str(result.metadata)


def test_pools_hold_whole_runs() -> None:
    """The queue keeps pools by run (of steps, granularity op, it would interleave two runs on one build database)."""
    concurrency = yaml.safe_load(DAGSTER_YAML)["concurrency"]
    assert concurrency["pools"] == {"granularity": "run", "default_limit": 1}
    assert concurrency["runs"]["max_concurrent_runs"] == 1


@pytest.mark.parametrize("table", table_lineage.TABLES)
def test_lineage_reads_no_union_by_name(table: str) -> None:
    """Columns of a union are traced by their place: matched by name, the lineage would name other columns."""
    assert not re.search(r"\bBY\s+NAME\b", table_lineage.select_text(table), re.IGNORECASE)


def test_no_sql_file_unites_by_name() -> None:
    """Nor does any other SQL file, which lineage may read tomorrow."""
    files = list(FOLDER.rglob("*.sql"))
    assert files and not [f.name for f in files if re.search(r"UNION\s+(ALL\s+)?BY\s+NAME", f.read_text(), re.I)]


def one_row(value: float | None) -> dict:
    """Every expectation observed with this number."""
    n_rows = 0 if value is None else 1
    return {(e.table, e.name): Observed(value, n_rows, "" if n_rows else "nothing there") for e in EXPECTATIONS}


def test_a_suite_that_has_nothing_to_judge_passes_nothing() -> None:
    """Expectations on one column leave nulls out, and of nothing the sum is 0.0: an aggregate that is null is not
    handed over, and is not applicable, never passed.
    """
    judged, validations = run.judge(one_row(None))
    assert {j.status for j in judged} == {"not applicable"}
    assert set(validations) == set(SUITES) and all(not v["results"] for v in validations.values())


def test_each_expectation_is_of_one_column_that_is_filled() -> None:
    """So that no pair, and no null, is ever counted by the library: each is the largest value of its own column."""
    _, validations = run.judge(one_row(1e9))
    found = [r for v in validations.values() for r in v["results"]]
    assert len(found) == len(EXPECTATIONS)
    assert {r["expectation_config"]["type"] for r in found} == {"expect_column_max_to_be_between"}
    assert all("column_A" not in r["expectation_config"]["kwargs"] for r in found)
    assert all(r["result"]["observed_value"] == 1e9 for r in found)


MEASURED: dict[str, Callable[[], str]] = {
    "sum": lambda: "SELECT sum(x) FROM (SELECT 1 AS x WHERE false)",
    "share": lambda: "SELECT 100.0 * count(*) FILTER (x) / count(*) FROM (SELECT true AS x WHERE false)",
}


@pytest.mark.parametrize("what", MEASURED)
def test_the_aggregates_of_nothing_are_null(what: str) -> None:
    """The numbers are made in SQL, where the sum and the share of nothing are null (a nan of a division is none)."""
    ((value,),) = duckdb.sql(MEASURED[what]()).fetchall()
    assert value is None or value != value
