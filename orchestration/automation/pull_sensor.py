"""Define the job that pulls from APIs, databases and places of files, and the sensor that requests it.

The sensor is off until somebody starts it.
"""

import dagster as dg

from orchestration.automation.sensors import why_no_run_now
from orchestration.automation.settings import PULL_MINUTES, PULL_VARIABLE, number
from orchestration.pulling import lines_of, pull_and_tell
from warehouse.pulls.pull_sites import pulled_sources
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home

PULL = "pull"


def pull_job(home: Home) -> dg.JobDefinition:
    """Return the job that pulls every such source into landing/, from where the sensor `deliveries` goes on."""

    @dg.op(name="pull_sources", description="Pull from every API, database and place of files that a site.toml names.")
    def pull_sources(context: dg.OpExecutionContext) -> None:
        try:
            outcomes, notices = pull_and_tell(home)
        except RegistryError as error:  # another pull is running
            context.log.warning(str(error))
            return
        for one in outcomes:
            if one.problem:  # `registry status` shows it too; the run itself has done its work
                context.log.warning(f"{one.place}: {one.problem}")
            if one.pulled is not None:
                for line in lines_of(one.pulled):
                    context.log.info(f"{one.place}: {line}")
        for sentence in notices:
            context.log.warning(sentence)

    @dg.job(
        name=PULL,
        description="Pull from APIs, databases and places of files into landing/.",
        executor_def=dg.in_process_executor,
    )
    def pull() -> None:
        pull_sources()

    return pull


def pull_sensor(home: Home, job: dg.JobDefinition) -> dg.SensorDefinition:
    """Request a pull at each evaluation, if a source is pulled and no run is in progress."""

    @dg.sensor(
        name="pulls",
        job=job,
        minimum_interval_seconds=60 * number(PULL_VARIABLE, PULL_MINUTES),
        default_status=dg.DefaultSensorStatus.STOPPED,
        description="Pull from the APIs, databases and places that a site.toml names. Off until somebody starts it.",
    )
    def pulls(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if reason := why_no_run_now(home, context.instance):
            return dg.SkipReason(reason)
        sources = pulled_sources(home)
        if not sources:
            return dg.SkipReason("No source has an API, a database or a place.")
        return dg.RunRequest(tags={"registry/by": "pulls"})

    return pulls
