"""The sensors: a delivery starts a run, what is behind it follows, and runs that died are ended.

What belongs here: when something is asked for. What does not: finding out what is new
(warehouse/intake/watch_landing.py), and the conditions (conditions.py). All of them are running by default.
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
"""So many files are named in a word about them."""
SETTLED_LEAST_SECONDS = 20
"""A run that has begun takes the lock within this time, however often the sensors look."""
FREE = "the lock was free"


def deliveries_sensor(home: Home) -> dg.SensorDefinition:
    """Start a run for files below landing/ that are new or changed, and quiet."""

    @dg.sensor(
        name="deliveries",
        job=deliveries_job,
        minimum_interval_seconds=watch_seconds(),
        default_status=RUNNING,
        description="New or changed files below landing/, once nobody writes them any more, start a run; one that "
        "failed begins again after a pause.",
    )
    def deliveries(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        if reason := why_no_run_now(home, context.instance):
            return dg.SkipReason(reason)
        watch = Watch.from_text(context.cursor)
        found = look(home, watch, time.time(), number(QUIET_VARIABLE, QUIET_SECONDS))
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
            run_config=quiet_config(),
            tags={"registry/by": "deliveries", "registry/files": _file_list(found.ready)},
        )
        return dg.SensorResult(run_requests=[request], cursor=watch.as_text)

    return deliveries


def why_no_run_now(home: Home, instance: dg.DagsterInstance) -> str:
    """Why no run is started now, in words; '' where nothing stands against it. What arrives is found later."""
    from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES

    if is_held(home):
        return f"Another refresh is running ({describe_holder(home)}); what arrives waits for its end."
    if instance.get_runs_count(dg.RunsFilter(statuses=NOT_FINISHED_STATUSES)):
        return "A run is under way; what arrives waits for its end."
    return ""


def _words(found: Looked) -> str:
    if not found.not_quiet:
        return "Nothing is new below landing/."
    return f"Not quiet yet, so perhaps still being written: {_file_list(found.not_quiet)}."


def _file_list(places: list[str]) -> str:
    more = len(places) - FIRST
    return ", ".join(places[:FIRST]) + (f" and {more:,} more" if more > 0 else "")


def automation_sensor() -> dg.AutomationConditionSensorDefinition:
    """Make what is behind the deliveries, by the assets' conditions."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)  # of use_user_code_server
        return dg.AutomationConditionSensorDefinition(
            "automation",
            target=dg.AssetSelection.all(),
            minimum_interval_seconds=watch_seconds(2),  # it costs a second of processor time
            default_status=RUNNING,
            run_tags={"registry/by": "automation"} | ANEW,
            description="Analyses whose inputs changed, quality, and the release, once all blocking checks passed.",
            use_user_code_server=True,  # the daemon cannot read a condition of our own
        )


def settled_seconds() -> int:
    """A run that is not heard of for so long and holds no lock is dead: 60 by default."""
    return max(SETTLED_LEAST_SECONDS, watch_seconds(4))


def dead_runs_sensor(home: Home) -> dg.SensorDefinition:
    """End runs whose process died: Dagster's queue would wait for them for ever.

    Only where the look before found the lock free as well: a run that waits for a refresh takes the lock as soon as
    that has ended, and one that has let it go says within this time how it ended.
    """

    @dg.sensor(
        name="dead_runs",
        minimum_interval_seconds=watch_seconds(2),
        default_status=RUNNING,
        target=None,
        description="Runs whose process has died are called failed, and begin again.",
    )
    def dead_runs(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        try:
            with refresh_lock(home):
                was_free = context.cursor == FREE
                ended = end_dead_runs(context.instance, settled_seconds()) if was_free else []
        except RefreshRunning:
            return dg.SensorResult(skip_reason=dg.SkipReason("A refresh is running."), cursor="")
        said = f"Ended: {', '.join(ended)}." if ended else "No run is dead."
        return dg.SensorResult(skip_reason=dg.SkipReason(said), cursor=FREE)

    return dead_runs
