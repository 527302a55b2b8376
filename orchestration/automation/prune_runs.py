"""Dagster's history: old runs leave it, and old evaluations of conditions.

What belongs here: what goes. Dagster purges ticks by itself (dagster.yaml), runs and their events never. What an
asset's page shows of the present, its newest materialisation and checks, belongs to runs that stay.
"""

from datetime import UTC, datetime, timedelta

import dagster as dg

from orchestration.automation.settings import RUN_DAYS, RUNS_VARIABLE, number

KEPT = 50
"""So many of the newest runs stay, however old they are."""
EVALUATION_DAYS = 30
"""So long it is kept why an asset was asked for or not, as Dagster keeps what its own daemon evaluated."""


def purge_runs(instance: dg.DagsterInstance, days: int, now: datetime | None = None) -> int:
    """Delete finished runs created more than `days` days ago, but for the newest and those an asset was last made in.

    Returns how many were deleted.
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
    """Delete what the automation sensor found more than `days` days ago. Dagster does so only for its own daemon."""
    storage = instance.schedule_storage
    if storage is not None and storage.supports_auto_materialize_asset_evaluations:
        storage.purge_asset_evaluations(((now or datetime.now(UTC)) - timedelta(days=days)).timestamp())


@dg.op(description="Delete runs older than REGISTRY_RUN_HISTORY_DAYS days, and old evaluations of conditions.")
def purge_old_runs(context: dg.OpExecutionContext) -> None:
    """Cut the history of this instance."""
    n = purge_runs(context.instance, number(RUNS_VARIABLE, RUN_DAYS))
    purge_evaluations(context.instance, EVALUATION_DAYS)
    context.log.info(f"Runs deleted: {n:,}.")


@dg.job(description="Cut Dagster's history.", executor_def=dg.in_process_executor)
def history() -> None:
    """Cut Dagster's history."""
    purge_old_runs()
