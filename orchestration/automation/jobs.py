"""The jobs: everything at night, and what one delivery asks for first.

What belongs here: which assets a job makes. What does not: when it runs (schedules.py, sensors.py).
"""

import dagster as dg

from orchestration.automation.conditions import WITH_DELIVERIES
from orchestration.automation.settings import QUIET_SECONDS, QUIET_VARIABLE, number

NIGHTLY, DELIVERIES = "nightly", "deliveries"
ANEW = {"dagster/retry_strategy": "ALL_STEPS"}
"""Tag: a run whose process died begins again from its first step. Every step can be done twice."""

nightly_job = dg.define_asset_job(
    NIGHTLY,
    dg.AssetSelection.all(),
    description="Refresh everything: exports to release.",
    executor_def=dg.in_process_executor,
    run_tags=ANEW,
)
deliveries_job = dg.define_asset_job(
    DELIVERIES,
    dg.AssetSelection.assets(*WITH_DELIVERIES),
    description="Take in what was delivered: exports to derived tables. What is behind them follows by itself.",
    executor_def=dg.in_process_executor,
    run_tags=ANEW,
)


def quiet_config() -> dict:
    """Run configuration of runs that nobody asks for by hand: files that changed a moment ago wait for the next run."""
    return {"ops": {"raw": {"config": {"quiet_seconds": number(QUIET_VARIABLE, QUIET_SECONDS)}}}}
