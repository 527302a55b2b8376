"""Whether the nightly schedule runs: somebody can stop it in the interface, and then nothing says so by itself.

What belongs here: the question, as a check and as a sentence for `registry status`. What does not: the schedule
(schedules.py).
"""

import dagster as dg
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import InstigatorStatus

from assets.ui.table_metadata import POOL, key
from orchestration.automation.damaged_history import speaks_of_damage
from warehouse.storage.home import Home

NIGHTLY_SCHEDULE, CHECK = "nightly_refresh", "nightly_schedule"
LOADS = key("meta.loads")
STOPPED = "The nightly schedule is stopped: start it in the interface under Automation."
DAMAGED = "Dagster's history is damaged: `registry refresh` moves it aside, and a new one begins."
NOT_ASKED = "Dagster could not be asked whether the nightly schedule runs"
RUNNING = "The nightly schedule is running."


def is_stopped(instance: dg.DagsterInstance) -> bool:
    """Whether somebody has stopped the nightly schedule and not started it again."""
    if instance.schedule_storage is None:  # of an instance that keeps nothing
        return False
    states = instance.all_instigator_state(instigator_type=InstigatorType.SCHEDULE)
    ours = [state for state in states if state.name == NIGHTLY_SCHEDULE]
    return any(state.status == InstigatorStatus.STOPPED for state in ours)


def problem(home: Home) -> str:
    """STOPPED where it is so, or why that cannot be told; else ''. Where no daemon ever ran for the home there is no
    schedule to speak of.
    """
    if not (home.dagster / "schedules").is_dir():
        return ""
    from orchestration.instance import dagster_instance

    try:
        with dagster_instance(home) as instance:
            return STOPPED if is_stopped(instance) else ""
    except Exception as error:  # whatever befell Dagster's files, the rest of the status is told
        return DAMAGED if speaks_of_damage(error) else f"{NOT_ASKED} ({type(error).__name__}). `registry ui` tells."


def night_result(instance: dg.DagsterInstance) -> dg.AssetCheckResult:
    """Passed where the schedule runs; a warning, which refuses no release, where it does not."""
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
    description="The nightly schedule is running. Reported; never refuses a release.",
    pool=POOL,
)
def night_is_scheduled(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
    """Ask whether somebody has stopped it."""
    return night_result(context.instance)
