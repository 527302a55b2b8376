"""Runs the canaries, planted defects, through the real validators; the gate refuses a release if one is missed.

The planted rows live in an in-memory database; the build database receives only the result of each canary.
"""

import dagster as dg

from assets.privacy import private
from assets.resources import Registry
from assets.ui.table_metadata import OWNERS, POOL, common_schema, key, table_metadata, tags
from schemas.exports import TREATMENTS
from warehouse.quality.canaries import CanaryReport, canaries_for, run_canaries, write_canaries
from warehouse.storage.hashing import columns_of, table_hash
from warehouse.storage.table_catalogue import CANARY_TABLE
from workflows import progress

FIRST = 20
"""The check's metadata name at most this many rules."""


@dg.asset(
    key=key("quality.canaries"),
    deps=[key(f"raw.{TREATMENTS}")],  # whose canaries are planted if there are any
    pool=POOL,
    group_name="quality",
    owners=OWNERS,
    tags=tags("quality.canaries"),
    kinds={"python", "duckdb", "table"},
    description=CANARY_TABLE.prose,
    check_specs=[
        dg.AssetCheckSpec(
            "canaries",
            asset=key("quality.canaries"),
            blocking=True,
            description="Every planted defect is found, and no rule reports a defect that was not planted.",
        )
    ],
)
def canary_results(registry: Registry) -> dg.MaterializeResult:
    """Run the canaries and compare what the validators find with what each canary declares."""
    with private(registry.home, "Running the canaries"), registry.build() as con:
        progress.say("running canaries")
        report = run_canaries(canaries_for(con))
        write_canaries(con, report)
        rows, digest = table_hash(con, "quality", "canaries")
        columns = columns_of(con, "quality", "canaries")
    return dg.MaterializeResult(
        metadata=table_metadata(rows, digest) | {"dagster/column_schema": common_schema(columns)},
        data_version=dg.DataVersion(digest),
        check_results=[check_result(report)],
    )


def check_result(report: CanaryReport) -> dg.AssetCheckResult:
    """Return the check: passed if every planted defect was found and there was no false alarm."""
    return dg.AssetCheckResult(
        check_name="canaries",
        passed=report.is_whole,
        metadata={
            "said": report.sentence,
            "missed": ", ".join(report.missed[:FIRST]),
            "false_alarms": ", ".join(report.false_alarms[:FIRST]),
        },
    )
