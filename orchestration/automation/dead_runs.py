"""Mark runs whose process has died as failed."""

import time

BY_COMMAND = {"registry/by": "command"}
"""Tag of runs from the command line, which hold the refresh lock from their start to their end."""


STARTING_SECONDS = 60
"""How long a run may be starting: its process first imports its libraries, which takes time on a busy machine."""


def end_dead_runs(instance, settled_seconds: float | None = None) -> list[str]:
    """Mark runs whose process has died as failed and return their ids. Call it under the refresh lock: a live run holds
    the lock while it works, so whoever holds it knows that the others are dead.

    Dagster would otherwise count them as running forever, and its queue, which allows one run at a time, would wait.
    Without `settled_seconds`, only runs from the command line are considered; they hold the lock from before their
    start until after their end. With it, the daemon's runs are considered as well if their state has not changed for
    that long (at least a minute if they are still starting), because they do not hold the lock at their very start
    and end.
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
