"""Report a nightly schedule that somebody has stopped in the interface, as a check and in `registry status`."""

import dagster as dg
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import InstigatorStatus

from assets.ui.table_metadata import POOL, key
from orchestration.automation.damaged_history import speaks_of_damage
from warehouse.storage.home import Home

NIGHTLY_SCHEDULE, CHECK = "nightly_refresh", "nightly_schedule"
LOADS = key("meta.loads")
STOPPED = "The nightly schedule is stopped. Start it in the interface under Automation."
DAMAGED = "Dagster's history is damaged. Run `registry refresh`: it moves the history aside and starts a new one."
NOT_ASKED = "It is not known whether the nightly schedule runs: Dagster's files could not be read"
RUNNING = "The nightly schedule is running."


def is_stopped(instance: dg.DagsterInstance) -> bool:
    """Return whether somebody has stopped the nightly schedule and not started it again."""
    if instance.schedule_storage is None:  # an instance that stores nothing
        return False
    states = instance.all_instigator_state(instigator_type=InstigatorType.SCHEDULE)
    ours = [state for state in states if state.name == NIGHTLY_SCHEDULE]
    return any(state.status == InstigatorStatus.STOPPED for state in ours)


def problem(home: Home) -> str:
    """Return STOPPED, or why it is not known whether the schedule runs; else ''.

    A home for which no daemon has ever run has no schedule, and so no problem.
    """
    if not (home.dagster / "schedules").is_dir():
        return ""
    from orchestration.instance import dagster_instance

    try:
        with dagster_instance(home) as instance:
            return STOPPED if is_stopped(instance) else ""
    except Exception as error:  # whatever happened to Dagster's files, print the rest of the status
        return DAMAGED if speaks_of_damage(error) else f"{NOT_ASKED} ({type(error).__name__}). `registry ui` shows it."


def night_result(instance: dg.DagsterInstance) -> dg.AssetCheckResult:
    """Return passed if the schedule runs; otherwise a warning, which never refuses a release."""
    stopped = is_stopped(instance)
    return dg.AssetCheckResult(
        asset_key=LOADS,
        check_name=CHECK,
        passed=not stopped,
        severity=dg.AssetCheckSeverity.WARN,
        description=STOPPED if stopped else RUNNING,
    )


@dg.asset_check(
    asset=LOADS,
    name=CHECK,
    description="The nightly schedule is running. Only reported; never refuses a release.",
    pool=POOL,
)
def night_is_scheduled(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
    """Check whether somebody has stopped the nightly schedule."""
    return night_result(context.instance)
