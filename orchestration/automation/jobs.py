"""Define the jobs for every night and for a delivery. Each brings every asset up to date in one run.

They differ in their names, so that the list of runs says what started a run.
"""

import dagster as dg

from orchestration.automation.settings import QUIET_SECONDS, QUIET_VARIABLE, number

NIGHTLY, DELIVERIES = "nightly", "deliveries"
ANEW = {"dagster/retry_strategy": "ALL_STEPS"}
"""Tag: a run whose process died is retried from its first step. Every step can safely run twice."""

nightly_job = dg.define_asset_job(
    NIGHTLY,
    dg.AssetSelection.all(),
    description="Refresh everything: exports to release.",
    executor_def=dg.in_process_executor,
    run_tags=ANEW,
)
deliveries_job = dg.define_asset_job(
    DELIVERIES,
    dg.AssetSelection.all(),
    description="Load what was delivered and bring up to date what depends on it: exports to release.",
    executor_def=dg.in_process_executor,
    run_tags=ANEW,
)


def quiet_config() -> dict:
    """Return the configuration of automatic runs: files that have just changed wait for the next run."""
    return {"ops": {"raw": {"config": {"quiet_seconds": number(QUIET_VARIABLE, QUIET_SECONDS)}}}}
