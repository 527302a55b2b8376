"""The nightly schedule."""

import dagster as dg

from orchestration.automation.jobs import quiet_config
from orchestration.automation.settings import nightly_cron, time_zone


def nightly_schedule(job) -> dg.ScheduleDefinition:
    """Run `job` every night at 02:00 in the deployment's time zone; running by default."""
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
    """Run `job`, which cuts Dagster's history, once a week; running by default."""
    return dg.ScheduleDefinition(
        name="weekly_history",
        job=job,
        cron_schedule="0 5 * * 0",
        execution_timezone=time_zone(),
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Old runs leave Dagster's history.",
    )
