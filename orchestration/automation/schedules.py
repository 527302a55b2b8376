"""Define the nightly schedule and the weekly ones that delete old runs and look after a lake."""

import dagster as dg

from orchestration.automation.jobs import quiet_config
from orchestration.automation.settings import nightly_cron, time_zone


def nightly_schedule(job) -> dg.ScheduleDefinition:
    """Run `job` every night in the deployment's time zone, at 02:00 unless set otherwise; on by default."""
    return dg.ScheduleDefinition(
        name="nightly_refresh",
        job=job,
        cron_schedule=nightly_cron(),
        run_config=quiet_config(),
        execution_timezone=time_zone(),
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="The nightly refresh of the whole registry.",
    )


def history_schedule(job) -> dg.ScheduleDefinition:
    """Run `job`, which deletes old runs, once a week; on by default."""
    return dg.ScheduleDefinition(
        name="weekly_history",
        job=job,
        cron_schedule="0 5 * * 0",
        execution_timezone=time_zone(),
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Delete old runs from Dagster's history.",
    )


def lake_schedule(job) -> dg.ScheduleDefinition:
    """Run `job`, the upkeep of a lake, once a week; on by default."""
    return dg.ScheduleDefinition(
        name="weekly_lake",
        job=job,
        cron_schedule="0 6 * * 0",
        execution_timezone=time_zone(),
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Expire snapshots of the lake, join its files and delete old ones.",
    )
