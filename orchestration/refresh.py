"""The refresh: the nightly job, in this process, against the home's own Dagster instance.

So a run from the command line is seen in the web interface like any other.
"""

import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, replace

from orchestration import stands
from orchestration.damaged_history import move_damaged_aside, speaks_of_damage
from orchestration.instance import renew_storage
from warehouse.errors import RegistryError
from warehouse.expectations import data_docs
from warehouse.faults import fault_at
from warehouse.home import Home
from warehouse.loading import died_while_loading
from warehouse.lock import refresh_lock
from warehouse.recovery import is_damage_noted, put_in_order
from warehouse.releases import Release, current_release
from warehouse.second_process import second_process
from warehouse.up_to_date import is_up_to_date

BY_COMMAND = {"registry/by": "command"}
"""Tag of the runs that this process makes, which hold the refresh lock from their start to their end."""
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
STARTING_SECONDS = 60
"""A run's process imports its libraries before it says that it has begun; on a busy machine it takes so long."""
INTERRUPTIONS = ("KeyboardInterrupt", "DagsterExecutionInterruptedError")


@dataclass(frozen=True)
class Refreshed:
    """How a refresh ended: the current release, whether it is new, the checks that refused, what a person should know
    of how the home was found, and the release that was current before (None where there was none).
    """

    release: Release | None
    is_new: bool
    refused_by: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    before: Release | None = None


class RefreshFailed(RegistryError):
    """A step failed for a reason that is not a gate."""


class HistoryDamaged(RefreshFailed):
    """Dagster's own files are damaged."""


def refresh(
    home: Home, full: bool = False, say: Callable[[str], None] = lambda _: None, uses_second_process: bool = False
) -> Refreshed:
    """Run the nightly job. Raises RefreshRunning where another refresh holds the lock, RefreshFailed on a fault.

    Where nothing is new, no run is started. Where a step meets a damaged build database, a new one is made from the
    archive and the job runs once more; so does it where a delivery brought
    the database down. With `uses_second_process`, the expectations are judged and rendered, pictures
    drawn, and the report's page and manuscript written, in a process beside this one.
    """
    from assets.erasing import finish

    with refresh_lock(home):
        finish(home, say)  # of a patient whose erasure died
        notices = put_in_order(home) + tuple(filter(None, [renew_storage(home)])) + move_damaged_aside(home)
        say("starting")
        if not full and is_up_to_date(home):
            release = current_release(home)
            stands.note(home, release)
            return Refreshed(release, is_new=False, notices=notices, before=release)
        with second_process(prepare) if uses_second_process else nullcontext():
            try:
                done = _refresh(home, full, say)
            except HistoryDamaged:
                moved = move_damaged_aside(home, closely=True)
                if not moved:
                    raise
                notices += moved
                say("beginning again")
                done = _refresh(home, full, say)
            except RefreshFailed:
                if not (is_damage_noted(home) or died_while_loading(home)):
                    raise
                notices += put_in_order(home)
                say("beginning again")
                done = _refresh(home, full, say)
        return replace(done, notices=notices)


def prepare() -> None:
    """What the second process does first."""
    from analysis.figures.kept import keep_figures
    from analysis.report import pictures

    keep_figures()
    data_docs.load_library()
    pictures.load_libraries()


def _refresh(home: Home, full: bool, say: Callable[[str], None]) -> Refreshed:
    before = current_release(home)
    try:
        result = _run(home, full, say)
    except Exception as error:  # Dagster's own files could not be read or written
        if speaks_of_damage(error):
            raise HistoryDamaged(
                "Dagster's history is damaged.", "Move dagster/ out of the home and run `registry refresh` again."
            ) from None
        if fault := fault_at(home.root, error):
            raise fault from None
        raise
    after = current_release(home)
    if result.success:
        is_new = before is None or (after is not None and after.folder != before.folder)
        return Refreshed(after, is_new=is_new, before=before)
    if refused := refusing_checks(result.all_events):
        return Refreshed(after, is_new=False, refused_by=refused)
    raise RefreshFailed(first_failure(result.all_events), "Nothing was released; readers keep what they had.")


def _run(home: Home, full: bool, say: Callable[[str], None]):
    from assets.progress import listening
    from assets.resources import kept_open
    from orchestration.definitions import build_definitions
    from orchestration.instance import dagster_instance
    from orchestration.jobs import NIGHTLY

    definitions = build_definitions(home.root)
    config = QUIET | {"ops": {"raw": {"config": {"full": full}}}}
    with dagster_instance(home) as instance, listening(say), kept_open():
        end_dead_runs(instance)
        job = definitions.resolve_job_def(NIGHTLY)
        return job.execute_in_process(run_config=config, instance=instance, raise_on_error=False, tags=BY_COMMAND)


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


def refusing_checks(events: Iterable) -> tuple[str, ...]:
    """The blocking checks that did not pass, among a run's events."""
    judged = [event.event_specific_data for event in events if event.event_type_value == "ASSET_CHECK_EVALUATION"]
    return tuple(f"{e.asset_key.to_user_string()}: {e.check_name}" for e in judged if not e.passed and e.blocking)


def first_failure(events: Iterable) -> str:
    """Why a run failed, in the words of its first failed step, among its events. They hold no values."""
    for event in events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            if error.cls_name in INTERRUPTIONS:
                return f"The run was interrupted in its step {event.step_key}."
            user = event.step_failure_data.user_failure_data
            return user.description if user and user.description else f"{event.step_key}: {error.cls_name}."
    return "The run failed before its first step."
