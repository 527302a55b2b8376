"""Delete old runs and old condition evaluations from Dagster's history.

Dagster purges ticks by itself (dagster.yaml), but never runs and their events. The runs that hold an asset's newest
materialisation and checks, which its page shows, are kept.
"""

from datetime import UTC, datetime, timedelta

import dagster as dg

from orchestration.automation.settings import RUN_DAYS, RUNS_VARIABLE, number

KEPT = 50
"""This many of the newest runs are kept, however old they are."""
EVALUATION_DAYS = 30
"""How long evaluations of conditions are kept: as long as Dagster keeps those of its own daemon."""


def purge_runs(instance: dg.DagsterInstance, days: int, now: datetime | None = None) -> int:
    """Delete finished runs older than `days` days, except the newest runs and the last run of each asset.

    Return how many were deleted.
    """
    from dagster._core.storage.dagster_run import FINISHED_STATUSES

    before = (now or datetime.now(UTC)) - timedelta(days=days)
    newest = {run.run_id for run in instance.get_runs(limit=KEPT)}
    last = {record.asset_entry.last_run_id for record in instance.get_asset_records()}
    old = instance.get_runs(dg.RunsFilter(statuses=FINISHED_STATUSES, created_before=before))
    gone = [run.run_id for run in old if run.run_id not in newest | last]
    for run_id in gone:
        instance.delete_run(run_id)
    return len(gone)


def purge_evaluations(instance: dg.DagsterInstance, days: int, now: datetime | None = None) -> None:
    """Delete the automation sensor's evaluations older than `days` days; Dagster purges only its own."""
    storage = instance.schedule_storage
    if storage is not None and storage.supports_auto_materialize_asset_evaluations:
        storage.purge_asset_evaluations(((now or datetime.now(UTC)) - timedelta(days=days)).timestamp())


@dg.op(description="Delete runs older than REGISTRY_RUN_HISTORY_DAYS days, and old evaluations of conditions.")
def purge_old_runs(context: dg.OpExecutionContext) -> None:
    """Delete old runs and evaluations from the history of this instance."""
    n = purge_runs(context.instance, number(RUNS_VARIABLE, RUN_DAYS))
    purge_evaluations(context.instance, EVALUATION_DAYS)
    context.log.info(f"Runs deleted: {n:,}.")


@dg.job(description="Delete old runs from Dagster's history.", executor_def=dg.in_process_executor)
def history() -> None:
    """Delete old runs and evaluations from Dagster's history."""
    purge_old_runs()
