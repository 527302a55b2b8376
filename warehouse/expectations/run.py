"""Runs the suites: hands a one-row frame per suite to Great Expectations and writes quality.expectations.

An expectation whose table is missing or empty is not applicable; one that cannot be judged is an error, never passed.
Messages of libraries are discarded.
"""

import json
import warnings
from dataclasses import asdict, dataclass
from typing import Any

import duckdb
import polars as pl

from warehouse.expectations import drift, frames
from warehouse.expectations.frames import Database, Key, Observed
from warehouse.expectations.measured import Memory, hashes_of_build, hashes_of_release
from warehouse.expectations.suites import EXPECTATIONS, NOTHING_ASKED, SUITES, Expectation, of_suite
from warehouse.releases.query import open_release
from warehouse.releases.release import Release, current_release
from warehouse.storage.home import Home

COLUMNS = {
    "suite": pl.String(),
    "table_name": pl.String(),
    "expectation": pl.String(),
    "severity": pl.String(),
    "status": pl.String(),
    "observed": pl.Float64(),
    "expected_low": pl.Float64(),
    "expected_high": pl.Float64(),
    "n_rows": pl.Int64(),
    "sentence": pl.String(),
    "rule_id": pl.String(),
    "note": pl.String(),
}


@dataclass(frozen=True)
class Judged:
    """An expectation, what was observed, and its status: passed, failed, not applicable or error."""

    expectation: Expectation
    observed: Observed
    status: str


def write_expectations(con: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Write quality.expectations, compared with the current release if any, and work.validations for the Data Docs."""
    write_expectations_against(con, current_release(home))


def write_expectations_against(con: duckdb.DuckDBPyConnection, before: Release | None) -> None:
    """Write the same tables, compared with the release `before`."""
    memory = Memory(con)
    now = Database(con, hashes_of_build(con), memory)
    judged, validations = judge(observe(now) | _observe_drift(now, before, memory))
    memory.keep()
    _store(con, "quality.expectations", [_row(j) for j in judged], COLUMNS)
    con.execute("CREATE SCHEMA IF NOT EXISTS work")
    rows = [{"suite": suite, "result": json.dumps(result)} for suite, result in validations.items()]
    _store(con, "work.validations", rows, {"suite": pl.String(), "result": pl.String()})


def _observe_drift(now: Database, before: Release | None, memory: Memory) -> dict[Key, Observed]:
    if before is None:
        return drift.observe_drift(now, drift.NO_RELEASE)
    try:
        with open_release(before) as earlier:
            return drift.observe_drift(now, Database(earlier, hashes_of_release(before.manifest), memory))
    except duckdb.Error as error:
        unreadable = Observed(None, None, f"the earlier release cannot be read ({type(error).__name__})")
        return drift.observe_drift(now, unreadable)


def observe(now: Database) -> dict[Key, Observed]:
    """Return what was observed, by (table, name), for every expectation that needs this content alone."""
    gates = {(e.table, e.name) for e in EXPECTATIONS if e.severity == "gate"}
    anew = Database(now.con)
    observed = {key: frames.observe(anew if key in gates else now, m) for key, m in frames.MEASURES.items()}
    below = {name: frames.below_edges(now, histogram) for name, histogram in frames.HISTOGRAMS.items()}
    for key, (name, first, end) in frames.SHARES.items():
        counts = below[name]
        if isinstance(counts, Observed):
            observed[key] = counts
        else:
            observed[key] = frames.share(frames.HISTOGRAMS[name], counts, first, end)
    return observed


def judge(observed: dict[Key, Observed]) -> tuple[list[Judged], dict[str, dict]]:
    """Return every expectation with its status, and each suite's validation result from Great Expectations."""
    context = new_context()
    judged: list[Judged] = []
    validations = {}
    for suite in SUITES:
        asked = [e for e in of_suite(suite) if observed[e.table, e.name].value is not None]
        validations[suite] = _validate(context, suite, asked, observed) if asked else NOTHING_ASKED
        passed = {
            (r["expectation_config"]["meta"]["table"], r["expectation_config"]["meta"]["name"]): bool(r["success"])
            for r in validations[suite]["results"]
        }
        for expectation in of_suite(suite):
            key = (expectation.table, expectation.name)
            judged.append(_judged(expectation, observed[key], passed.get(key)))
    return judged, validations


def _judged(expectation: Expectation, observed: Observed, passed: bool | None) -> Judged:
    if passed is not None:
        return Judged(expectation, observed, "passed" if passed else "failed")
    if observed.value is not None:
        return Judged(expectation, Observed(None, None, "Great Expectations could not judge it"), "error")
    return Judged(expectation, observed, "not applicable" if observed.n_rows == 0 else "error")


def new_context() -> Any:
    """Return an in-memory context: no folder, no telemetry, no progress bars."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its import uses modules that Python has deprecated
        import great_expectations as gx
        from great_expectations.data_context.types import base

    config = base.DataContextConfig(
        store_backend_defaults=base.InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=base.ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    return gx.get_context(mode="ephemeral", project_config=config)


def _validate(context: Any, suite: str, asked: list[Expectation], observed: dict[Key, Observed]) -> dict:
    """Return the suite's validation result without expectations that raised an error.

    The frame has one row and one column per aggregate; the expectation is that the column's maximum, its only value, is
    within bounds.
    """
    import great_expectations as gx
    import pandas as pd
    from great_expectations.expectations.metadata_types import FailureSeverity

    names = {f"{e.table}: {e.name}": e for e in asked}
    frame = pd.DataFrame({name: [observed[e.table, e.name].value] for name, e in names.items()})
    expectations = [
        gx.expectations.ExpectColumnMaxToBeBetween(
            column=name,
            min_value=e.low,
            max_value=e.high,
            description=e.sentence,
            severity=FailureSeverity.CRITICAL if e.severity == "gate" else FailureSeverity.WARNING,
            meta={"table": e.table, "name": e.name, "rule_id": e.rule_id},
        )
        for name, e in names.items()
    ]
    declared = context.suites.add(gx.ExpectationSuite(name=suite, expectations=expectations))
    asset = context.data_sources.add_pandas(suite).add_dataframe_asset(suite)
    batch = asset.add_batch_definition_whole_dataframe("release")
    definition = context.validation_definitions.add(gx.ValidationDefinition(name=suite, data=batch, suite=declared))
    result = definition.run(batch_parameters={"dataframe": frame}, result_format="BASIC")
    return _without_messages(result.to_json_dict())


def _without_messages(result: dict) -> dict:
    """Return the validation result without results that raised, library messages, identifiers and lists of values."""
    results = [
        {
            "success": r["success"],
            "expectation_config": {k: v for k, v in r["expectation_config"].items() if k != "id"},
            "result": {"observed_value": r["result"]["observed_value"]},
            "meta": {},
            "exception_info": {"raised_exception": False, "exception_traceback": None, "exception_message": None},
        }
        for r in result["results"]
        if r["result"].get("observed_value") is not None
    ]
    meta = {k: result["meta"][k] for k in ("great_expectations_version", "run_id")}
    kept = {k: result[k] for k in ("success", "suite_name", "suite_parameters", "statistics")}
    return kept | {"results": results, "meta": meta}


def _row(judged: Judged) -> dict:
    e, observed = judged.expectation, judged.observed
    row = {k: v for k, v in asdict(e).items() if k in COLUMNS}
    return row | {
        "table_name": e.table,
        "expectation": e.name,
        "status": judged.status,
        "observed": observed.value,
        "expected_low": e.low,
        "expected_high": e.high,
        "n_rows": observed.n_rows,
        "note": observed.note,
    }


def _store(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict], schema: dict) -> None:
    con.register("judged_rows", pl.DataFrame(rows, schema=schema).to_arrow())
    con.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM judged_rows ORDER BY ALL")  # noqa: S608
    con.unregister("judged_rows")
