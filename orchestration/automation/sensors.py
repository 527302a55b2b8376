"""Define the sensors that start runs after deliveries, make what follows a table made by itself, and end dead runs.

All are on by default.
"""

import hashlib
import time
import warnings

import dagster as dg

from orchestration.automation.dead_runs import end_dead_runs
from orchestration.automation.jobs import ANEW, deliveries_job, quiet_config
from orchestration.automation.retry_failed_run import failed_run
from orchestration.automation.settings import QUIET_SECONDS, QUIET_VARIABLE, number, watch_seconds
from warehouse.intake.watch_landing import Looked, Watch, look
from warehouse.storage.errors import RefreshRunning
from warehouse.storage.home import Home
from warehouse.storage.lock import describe_holder, is_held, refresh_lock

RUNNING = dg.DefaultSensorStatus.RUNNING
FIRST = 5
"""At most this many files are named in a tag or a skip reason."""
STARTS_SECONDS = 5.0
"""A run is requested this long before its files are quiet, because its process takes as long to start; then it waits
for the rest. Of a shorter quiet time, half."""
WAITS_SECONDS = 2.0
"""An evaluation waits at most this long until a file has been quiet long enough. The daemon evaluates its sensors every
five seconds in random order, so the scan that would find the file quiet may otherwise come a moment too early."""
SETTLED_LEAST_SECONDS = 20
"""A run that has started takes the lock within this time, whatever the interval of the sensors."""
FREE = "the lock was free"


def deliveries_sensor(home: Home) -> dg.SensorDefinition:
    """Start a run for files below landing/ that are new or changed and no longer being written."""

    @dg.sensor(
        name="deliveries",
        job=deliveries_job,
        minimum_interval_seconds=max(1, watch_seconds() // 5),
        default_status=RUNNING,
        description="Start a run for new or changed files below landing/, in rules/ and expectations/ that seem to be "
        "complete; it reads them once they have been quiet long enough. Retry a failed run after a pause.",
    )
    def deliveries(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        if reason := why_no_run_now(home, context.instance):
            return dg.SkipReason(reason)
        watch = Watch.from_text(context.cursor)
        quiet_seconds = number(QUIET_VARIABLE, QUIET_SECONDS)
        rest = min(STARTS_SECONDS, quiet_seconds / 2)
        found = _looked(home, watch, quiet_seconds - rest)
        if not found.ready and (failed := failed_run(context.instance, time.time())):
            request = dg.RunRequest(
                run_key=f"again {failed}",
                run_config=quiet_config(),
                tags={"registry/by": "deliveries", "registry/again": failed},
            )
            return dg.SensorResult(run_requests=[request], cursor=watch.as_text)
        if not found.ready:
            return dg.SensorResult(skip_reason=dg.SkipReason(_words(found)), cursor=watch.as_text)
        asked = sorted((place, watch.asked[place]) for place in found.ready)
        request = dg.RunRequest(
            run_key=hashlib.sha256(repr(asked).encode()).hexdigest()[:32],
            run_config=quiet_config(not_before=time.time() + rest),
            tags={"registry/by": "deliveries", "registry/files": _file_list(found.ready)},
        )
        return dg.SensorResult(run_requests=[request], cursor=watch.as_text)

    return deliveries


def _looked(home: Home, watch: Watch, quiet_seconds: float) -> Looked:
    """Scan landing/, and once more if a file will have been quiet for `quiet_seconds` within WAITS_SECONDS."""
    found = look(home, watch, time.time(), quiet_seconds)
    rest = watch.seconds_until_quiet(time.time(), quiet_seconds)
    if found.ready or not 0 < rest <= WAITS_SECONDS:
        return found
    time.sleep(rest + 0.01)  # the clock may run a little slower than the sleep
    return look(home, watch, time.time(), quiet_seconds)


def why_no_run_now(home: Home, instance: dg.DagsterInstance) -> str:
    """Return why no run can start now, or '' if one can. Files that arrive meanwhile are found later."""
    from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES

    if is_held(home):
        return f"Another refresh is running ({describe_holder(home)}); new files wait until it ends."
    if instance.get_runs_count(dg.RunsFilter(statuses=NOT_FINISHED_STATUSES)):
        return "A run is in progress; new files wait until it ends."
    return ""


def _words(found: Looked) -> str:
    if not found.not_quiet:
        return "There are no new files below landing/."
    return f"Changed a moment ago, so may still be being written: {_file_list(found.not_quiet)}."


def _file_list(places: list[str]) -> str:
    more = len(places) - FIRST
    return ", ".join(places[:FIRST]) + (f" and {more:,} more" if more > 0 else "")


def automation_sensor() -> dg.AutomationConditionSensorDefinition:
    """Make what follows a table that somebody made by itself in the interface, by the assets' conditions."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)  # of use_user_code_server
        return dg.AutomationConditionSensorDefinition(
            "automation",
            target=dg.AssetSelection.all(),
            minimum_interval_seconds=watch_seconds(),
            default_status=RUNNING,
            run_tags={"registry/by": "automation"} | ANEW,
            description="After a table was made by itself, make analyses whose inputs changed, quality and release "
            "once all blocking checks pass.",
            use_user_code_server=True,  # the daemon cannot load a custom condition
        )


def settled_seconds() -> int:
    """Return how long a run may report nothing without holding the lock before it counts as dead; 60 by default."""
    return max(SETTLED_LEAST_SECONDS, watch_seconds(4))


def dead_runs_sensor(home: Home) -> dg.SensorDefinition:
    """Mark runs whose process died as failed; otherwise Dagster's queue would wait for them forever.

    It acts only if its previous evaluation found the lock free too: a run that waits for a refresh takes the lock as
    soon as the refresh ends, and a run that has released the lock reports within this time how it ended.
    """

    @dg.sensor(
        name="dead_runs",
        minimum_interval_seconds=watch_seconds(2),
        default_status=RUNNING,
        target=None,
        description="Mark runs whose process has died as failed, so that they are retried.",
    )
    def dead_runs(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        try:
            with refresh_lock(home):
                was_free = context.cursor == FREE
                ended = end_dead_runs(context.instance, settled_seconds()) if was_free else []
        except RefreshRunning:
            return dg.SensorResult(skip_reason=dg.SkipReason("A refresh is running."), cursor="")
        said = f"Marked as failed: {', '.join(ended)}." if ended else "No run is dead."
        return dg.SensorResult(skip_reason=dg.SkipReason(said), cursor=FREE)

    return dead_runs
