"""Define the sensors that report: checks of deliveries, a release's freshness, and alerts after the daemon's runs.

Refreshes from the command line send their alerts themselves.
"""

import hashlib
import time

import dagster as dg
from dagster._core.definitions.data_version import DATA_VERSION_TAG

from assets.release import page_metadata
from assets.run_outcome import first_failure, refusing_checks
from orchestration.alerts import triggers
from orchestration.automation import release_freshness
from orchestration.automation.conditions import RELEASE
from orchestration.automation.dead_runs import BY_COMMAND
from orchestration.automation.delivery_checks import LOADS, drift_result, evaluation_of, landing_result, on_time_results
from orchestration.automation.nightly_check import night_result
from orchestration.automation.sensors import why_no_run_now
from orchestration.automation.settings import watch_seconds
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home

RUNNING = dg.DefaultSensorStatus.RUNNING


def incoming_sensor(home: Home) -> dg.SensorDefinition:
    """Report the delivery checks when one changes or a new run hides them, and alert on sites that became overdue."""

    @dg.sensor(
        name="incoming_checks",
        minimum_interval_seconds=watch_seconds(4),
        default_status=RUNNING,
        target=None,
        description="Report overdue sites and files that cannot be loaded as asset checks; alert on overdue sites.",
    )
    def incoming_checks(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        try:
            results = [*on_time_results(home), landing_result(home), drift_result(home), night_result(context.instance)]
        except RegistryError as error:
            return dg.SensorResult(skip_reason=dg.SkipReason(str(error)), cursor=context.cursor)
        problems = [*triggers.erasure_unfinished(home), *triggers.sites_overdue(home), *triggers.answers_overdue(home)]
        _warn(context, problems)
        told = [_newest(context.instance), *((r.asset_key, r.description) for r in results)]
        cursor = hashlib.sha256(repr(told).encode()).hexdigest()
        if cursor == context.cursor:
            return dg.SensorResult(skip_reason=dg.SkipReason("Nothing has changed."), cursor=cursor)
        return dg.SensorResult(asset_events=[evaluation_of(one) for one in results], cursor=cursor)

    return incoming_checks


def still_current_sensor(home: Home) -> dg.SensorDefinition:
    """Report on the release's page that a refresh from the command line found nothing new: it counts as fresh."""

    @dg.sensor(
        name="release_still_current",
        minimum_interval_seconds=watch_seconds(4),
        default_status=RUNNING,
        target=None,
        description="Count a refresh from the command line that found nothing new towards the release's freshness.",
    )
    def release_still_current(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        made = context.instance.get_latest_materialization_event(RELEASE)
        loads = _newest(context.instance)
        since = max(made.timestamp, loads[1] if loads else 0.0) if made is not None else 0.0
        release = release_freshness.still_current(home, since, time.time())
        before = made.asset_materialization if made is not None else None
        if before is None or release is None or why_no_run_now(home, context.instance):
            return dg.SkipReason("No refresh has found nothing new since the release was last requested.")
        event = dg.AssetMaterialization(
            RELEASE,
            description=f"A refresh found nothing new; release {release.release_id} is still current.",
            metadata=page_metadata(release) | {"is_new": False},
            tags={**(before.tags or {}), DATA_VERSION_TAG: release.manifest["content_hash"]},
        )
        return dg.SensorResult(asset_events=[event])

    return release_still_current


def _newest(instance: dg.DagsterInstance) -> tuple[str, float] | None:
    """Return run and time of meta.loads' newest materialisation; the interface shows only checks reported after it."""
    made = instance.get_latest_materialization_event(LOADS)
    return (made.run_id, made.timestamp) if made is not None else None


def _warn(context, problems: list[str]) -> None:
    for sentence in problems:
        context.log.warning(sentence)


def was_alerted_by_command(run: dg.DagsterRun) -> bool:
    """Return whether the command line has alerted on this failed run: it has, unless its process died."""
    return BY_COMMAND.items() <= run.tags.items() and run.tags.get("dagster/failure_reason") == "STEP_FAILURE"


def failure_sensor(home: Home) -> dg.SensorDefinition:
    """Alert on failed runs that will not be retried."""

    @dg.run_failure_sensor(
        name="failure_alerts", default_status=RUNNING, description="Send an alert on a failed run or a refused release."
    )
    def failure_alerts(context: dg.RunFailureSensorContext) -> None:
        run = context.instance.get_run_by_id(context.dagster_run.run_id) or context.dagster_run
        if was_alerted_by_command(run) or run.tags.get("dagster/will_retry") == "true":
            return
        logs = context.instance.all_logs(run.run_id)
        events = [entry.dagster_event for entry in logs if entry.dagster_event is not None]
        if refused := refusing_checks(events):
            problems = triggers.release_refused(home, refused)
        else:
            problems = triggers.refresh_failed(home, first_failure(events))
        _warn(context, problems)

    return failure_alerts


def release_sensor(home: Home) -> dg.SensorDefinition:
    """Alert on what is new in a release."""

    @dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.SUCCESS,
        name="release_alerts",
        default_status=RUNNING,
        description="Send alerts on a new release: deliveries that do not count, and new LTP if alerts.toml asks.",
    )
    def release_alerts(context: dg.RunStatusSensorContext) -> None:
        run = context.dagster_run
        if BY_COMMAND.items() <= run.tags.items():
            return
        for entry in context.instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION):
            event = entry.get_dagster_event()
            made = event.step_materialization_data.materialization
            if event.asset_key == RELEASE and made.metadata["is_new"].value:
                _warn(context, triggers.released(home, str(made.metadata["release_id"].value)))

    return release_alerts
