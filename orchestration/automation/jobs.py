"""Define the jobs: one makes every asset each night, one after a delivery, and one looks after a lake.

The first two make the same in one run (docs/decisions/0087); their names say in the history why it was made.
"""

import dagster as dg

from assets.lake import UPKEEP_GROUP
from assets.shards.shard_asset import GROUP as SHARDS
from orchestration.automation.settings import QUIET_SECONDS, QUIET_VARIABLE, number

NIGHTLY, DELIVERIES, LAKE = "nightly", "deliveries", "lake"
ANEW = {"dagster/retry_strategy": "ALL_STEPS"}
"""Tag: a run whose process died is retried from its first step. Every step can safely run twice."""

EVERYTHING = dg.AssetSelection.all() - dg.AssetSelection.groups(UPKEEP_GROUP, SHARDS)

nightly_job = dg.define_asset_job(
    NIGHTLY,
    EVERYTHING,
    description="Refresh everything: exports to release.",
    executor_def=dg.in_process_executor,
    run_tags=ANEW,
)
deliveries_job = dg.define_asset_job(
    DELIVERIES,
    EVERYTHING,
    description="Take in what was delivered: exports to release. A table whose inputs have not changed stays as it is.",
    executor_def=dg.in_process_executor,
    run_tags=ANEW,
)


def lake_job():
    """Return the job of the lake's upkeep."""
    return dg.define_asset_job(
        LAKE,
        dg.AssetSelection.groups(UPKEEP_GROUP),
        description="Forget releases of the lake that no rule keeps, join its files, delete old ones.",
        executor_def=dg.in_process_executor,
        run_tags=ANEW,
    )


def quiet_config(not_before: float = 0.0) -> dict:
    """Return the configuration of automatic runs: files that have just changed wait for the next run. Landing/ is read
    at `not_before` (seconds since 1970) at the earliest.
    """
    config = {"quiet_seconds": number(QUIET_VARIABLE, QUIET_SECONDS), "not_before": not_before}
    return {"ops": {"raw": {"config": config}}}
