"""Judges the expectations: whether the registry as a whole looks as it should, with one asset check per suite.

A suite that contains a gate is a blocking check: if a gate fails or cannot be judged, nothing is released. Every other
suite is reported as a warning.
"""

import dagster as dg

from assets.privacy import private
from assets.resources import Registry
from assets.ui.table_metadata import OWNERS, POOL, common_schema, key, table_metadata, tags
from schemas.exports import EXPORTS
from warehouse.derived.completeness import IMAGING_TABLES
from warehouse.expectations.run import write_expectations
from warehouse.expectations.suites import EXPECTATIONS, SUITES, is_gate
from warehouse.storage.hashing import columns_of, table_hash
from warehouse.storage.table_catalogue import EXPECTATIONS_TABLE
from workflows import progress

ASSET = key(EXPECTATIONS_TABLE.full_name)
BROKEN = ("failed", "error")


@dg.asset(
    key=ASSET,
    pool=POOL,
    deps=[
        *(key(f"clean.{name}") for name in EXPORTS),
        *(key(f"quality.{name}") for name in IMAGING_TABLES),
        *(
            key(table)
            for table in sorted({e.table for e in EXPECTATIONS})
            if table.removeprefix("clean.") not in EXPORTS
        ),
    ],
    group_name="quality",
    owners=OWNERS,
    tags=tags(EXPECTATIONS_TABLE.full_name),
    kinds={"python", "duckdb", "table"},
    description=EXPECTATIONS_TABLE.prose,
    check_specs=[
        dg.AssetCheckSpec(suite, asset=ASSET, blocking=is_gate(suite), description=prose)
        for suite, prose in SUITES.items()
    ],
)
def expectations(registry: Registry) -> dg.MaterializeResult:
    """Judge every expectation, and report each suite as a check."""
    with private(registry.home, "Judging the expectations"), registry.build() as con:
        progress.say("judging the expectations")
        write_expectations(con, registry.home)
        rows, digest = table_hash(con, "quality", "expectations", EXPECTATIONS_TABLE.hashed_rows)
        columns = columns_of(con, "quality", "expectations")
        return dg.MaterializeResult(
            metadata=table_metadata(rows, digest) | {"dagster/column_schema": common_schema(columns)},
            data_version=dg.DataVersion(digest),
            check_results=[check_result(con, suite) for suite in SUITES],
        )


def check_result(con, suite: str) -> dg.AssetCheckResult:
    """Return the suite's result: counts by status, and the names of what is broken.

    A suite that contains a gate is a blocking check, and a failed gate fails it as an error. A blocking check that
    fails as a warning would let its own run continue but block later ones for good; so a warning in such a suite is
    named and fails nothing.
    """
    judged = con.execute(
        "SELECT status, severity, table_name || ': ' || expectation FROM quality.expectations WHERE suite = ?", [suite]
    ).fetchall()
    broken = [(severity, name) for status, severity, name in judged if status in BROKEN]
    statuses = [status for status, _, _ in judged]
    is_refusing = any(severity == "gate" for severity, _ in broken)
    is_passed = not is_refusing if is_gate(suite) else not broken
    return dg.AssetCheckResult(
        asset_key=ASSET,
        check_name=suite,
        passed=is_passed,
        severity=dg.AssetCheckSeverity.ERROR if is_gate(suite) else dg.AssetCheckSeverity.WARN,
        metadata={
            "by_status": {status: statuses.count(status) for status in sorted(set(statuses))},
            "broken": ", ".join(sorted(name for _, name in broken)),
        },
    )
