"""Runs the suites, the platform's and the home's, and writes quality.expectations.

The platform's are judged on the rows where a table is small enough, otherwise on an aggregate (own_rows.py). Of these,
an expectation whose table is missing or empty is not applicable; one that cannot be judged is an error, never passed.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import duckdb
import polars as pl

from warehouse.expectations import drift, frames, library
from warehouse.expectations.frames import Database, Key, Observed
from warehouse.expectations.home_suites import Verdict, judge_suite
from warehouse.expectations.judge_own import judge_own
from warehouse.expectations.measured import Memory, hashes_of_build, hashes_of_release
from warehouse.expectations.suite_form import suites_in_force
from warehouse.expectations.suites import EXPECTATIONS, SUITES, Expectation, of_suite
from warehouse.releases.query import open_release
from warehouse.releases.release import Release, current_release
from warehouse.storage.home import Home
from warehouse.storage.suite_table import suites_of

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
    "stated_by": pl.String(),
    "expectation_type": pl.String(),
    "judged_on": pl.String(),
    "n_broken": pl.Int64(),
    "mostly": pl.Float64(),
}
PLATFORM, REGISTRY = "platform", "registry"
ON_ROWS, ON_AGGREGATES = "rows", "aggregates"


@dataclass(frozen=True)
class Judged:
    """An expectation, what was observed, its status (passed, failed, not applicable or error), and the library's type
    that judged it; `is_on_rows` if it judged the rows, not an aggregate.
    """

    expectation: Expectation
    observed: Observed
    status: str
    kind: str = ""
    is_on_rows: bool = False


def write_expectations(con: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Write quality.expectations, compared with the current release if any, and work.validations for the Data Docs."""
    write_expectations_against(con, current_release(home))


def write_expectations_against(con: duckdb.DuckDBPyConnection, before: Release | None) -> None:
    """Write the same tables, compared with the release `before`."""
    memory = Memory(con)
    now = Database(con, hashes_of_build(con), memory)
    observed = observe(now) | _observe_drift(now, before, memory)
    memory.keep()
    batches = library.new_batches()
    judged, validations = judge(observed, batches, con)
    rows = [_row(one) for one in judged]
    for suite in suites_in_force(suites_of(con)):
        verdicts = judge_suite(batches, con, suite)
        rows += [_row_of_home(one) for one in verdicts]
        validations[suite.name] = library.shown_suite(suite.name, [one.result for one in verdicts if one.result])
    _store(con, "quality.expectations", rows, COLUMNS)
    con.execute("CREATE SCHEMA IF NOT EXISTS work")
    results = [{"suite": suite, "result": json.dumps(result)} for suite, result in validations.items()]
    _store(con, "work.validations", results, {"suite": pl.String(), "result": pl.String()})


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


def judge(
    observed: dict[Key, Observed], batches: Any = None, con: duckdb.DuckDBPyConnection | None = None
) -> tuple[list[Judged], dict[str, dict]]:
    """Return every expectation of the platform with its status, and each suite's validation result. Without the
    database they are judged on the aggregates alone.
    """
    asked = [e for e in EXPECTATIONS if observed[e.table, e.name].value is not None]
    results = judge_own(batches or library.new_batches(), asked, observed, con)
    judged = [_judged(e, observed[e.table, e.name], results) for e in EXPECTATIONS]
    return judged, {suite: _shown(suite, observed, results) for suite in SUITES}


def _judged(expectation: Expectation, observed: Observed, results: dict[Key, tuple[dict, bool]]) -> Judged:
    result, is_on_rows = results.get((expectation.table, expectation.name), (None, False))
    if result is not None and not library.raised(result):
        kind = result["expectation_config"]["type"]
        return Judged(expectation, observed, "passed" if result["success"] else "failed", kind, is_on_rows)
    if observed.value is not None:
        return Judged(expectation, Observed(None, None, "Great Expectations could not judge it"), "error")
    return Judged(expectation, observed, "not applicable" if observed.n_rows == 0 else "error")


def _shown(suite: str, observed: dict[Key, Observed], results: dict[Key, tuple[dict, bool]]) -> dict:
    keys: Iterable[Key] = [(e.table, e.name) for e in of_suite(suite)]
    judged = [(key, results[key][0]) for key in keys if key in results]
    shown = [library.shown_result(one, observed[key].value) for key, one in judged if not library.raised(one)]
    return library.shown_suite(suite, shown)


def _row(judged: Judged) -> dict:
    e, observed = judged.expectation, judged.observed
    row = {k: v for k, v in asdict(e).items() if k in COLUMNS}
    on = ON_ROWS if judged.is_on_rows else ON_AGGREGATES
    return row | {
        "table_name": e.table,
        "expectation": e.name,
        "status": judged.status,
        "observed": observed.value,
        "expected_low": e.low,
        "expected_high": e.high,
        "n_rows": observed.n_rows,
        "note": observed.note,
        "stated_by": PLATFORM,
        "expectation_type": judged.kind or None,
        "judged_on": on if judged.kind else None,
        "n_broken": None,
        "mostly": None,
    }


def _row_of_home(verdict: Verdict) -> dict:
    stated = verdict.stated
    return {
        "suite": stated.suite,
        "table_name": stated.table,
        "expectation": stated.name,
        "severity": stated.severity,
        "status": verdict.status,
        "observed": verdict.observed,
        "expected_low": verdict.low,
        "expected_high": verdict.high,
        "n_rows": verdict.n_rows,
        "sentence": stated.sentence,
        "rule_id": "",
        "note": verdict.note,
        "stated_by": REGISTRY,
        "expectation_type": stated.kind or None,
        "judged_on": ON_ROWS if verdict.result else None,
        "n_broken": verdict.n_broken,
        "mostly": verdict.mostly,
    }


def _store(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict], schema: dict) -> None:
    con.register("judged_rows", pl.DataFrame(rows, schema=schema).to_arrow())
    con.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM judged_rows ORDER BY ALL")  # noqa: S608
    con.unregister("judged_rows")
