"""Mark runs whose process has died as failed."""

import time

BY_COMMAND = {"registry/by": "command"}
"""Tag of the runs that this process makes, which hold the refresh lock from their start to their end."""


STARTING_SECONDS = 60
"""A run's process imports its libraries before it says that it has begun; on a busy machine it takes so long."""


def end_dead_runs(instance, settled_seconds: float | None = None) -> list[str]:
    """Call runs whose process died failed; their ids. Call it under the refresh lock: every run holds it while it
    works, so who holds it knows that they are dead.

    Dagster would count them as running ever, and its queue, which lets one run go on at a time, would wait for them.
    Without `settled_seconds`, only runs of refreshes from the command line are meant, which hold the lock from before
    their start to after their end. With it also the daemon's, if their state is that old, and a minute at least where
    they have not begun: such a run has no lock for a moment after it begins and before it ends.
    """
    from dagster import DagsterRunStatus, RunsFilter
    from dagster._core.storage.dagster_run import IN_PROGRESS_RUN_STATUSES

    tags = BY_COMMAND if settled_seconds is None else {}
    ended = []
    for record in instance.get_run_records(RunsFilter(statuses=IN_PROGRESS_RUN_STATUSES, tags=tags)):
        run = record.dagster_run
        is_command = BY_COMMAND.items() <= run.tags.items()
        least = STARTING_SECONDS if run.status == DagsterRunStatus.STARTING else 0
        if is_command or time.time() - record.update_timestamp.timestamp() > max(settled_seconds or 0, least):
            instance.report_run_failed(run, "The process of this refresh ended before the refresh did.")
            ended.append(run.run_id)
    return ended
