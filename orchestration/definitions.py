"""The definitions that Dagster loads: all assets, jobs, schedules, sensors and the registry's home.

`build_definitions` takes the parts that a test or another deployment needs to change.
"""

from collections.abc import Sequence
from pathlib import Path

import dagster as dg

from assets.analysis import analysis_tables
from assets.canaries import canary_results
from assets.clean import clean_tables
from assets.completeness import COMPLETENESS_ASSETS
from assets.derived import DERIVED_ASSETS
from assets.expectations import expectations_asset
from assets.exports import EXPORT_ASSETS
from assets.lake import LAKE_ASSETS
from assets.raw import raw_tables
from assets.release import registry_release
from assets.resources import ANALYSES, Registry
from assets.results import results_asset
from assets.scorecard import scorecard
from assets.service import SERVICE_ASSETS
from assets.shards.shard_asset import shards_asset
from orchestration.automation.conditions import automated
from orchestration.automation.delivery_checks import (
    deliveries_are_as_before,
    deliveries_on_time,
    landing_is_taken,
    nothing_waits,
)
from orchestration.automation.jobs import NIGHTLY, deliveries_job, lake_job, nightly_job
from orchestration.automation.nightly_check import night_is_scheduled
from orchestration.automation.prune_runs import history
from orchestration.automation.pull_sensor import pull_job, pull_sensor
from orchestration.automation.rebuild_jobs import rebuild_jobs
from orchestration.automation.reporting_sensors import (
    failure_sensor,
    incoming_sensor,
    release_sensor,
    still_current_sensor,
)
from orchestration.automation.schedules import history_schedule, lake_schedule, nightly_schedule
from orchestration.automation.sensors import automation_sensor, dead_runs_sensor, deliveries_sensor
from orchestration.automation.settings import WAIT_MINUTES, WAIT_VARIABLE, number
from orchestration.automation.waiting_sensor import waiting_sensor
from warehouse.expectations.suite_form import read_suites, suites_in_force
from warehouse.lake.address import lake_address
from warehouse.own_rules.read_rules import read_rules
from warehouse.storage.home import Home, default_home
from warehouse.storage.home_settings import home_settings
from workflows.release_products import EVERYTHING

__all__ = ["NIGHTLY", "build_definitions", "defs"]


def build_definitions(
    home: Path | None = None, products: Sequence[str] = EVERYTHING, analyses: Sequence[str] = ANALYSES
) -> dg.Definitions:
    """Return the definitions for one home; for the environment's home if none is given.

    `products` is what a release holds besides its tables (workflows/release_products.py). `analyses` names the analysis
    tables that are computed; the others exist but are empty. The assets of a lake are there if REGISTRY_WAREHOUSE
    names one, that of the shards if registry.toml has Dagster's workers make them.
    """
    folder = home or default_home()
    settings = home_settings(Home(folder))
    has_lake = lake_address() is not None
    upkeep = [lake_job()] if has_lake else []
    assets = [
        *EXPORT_ASSETS,
        canary_results,
        raw_tables,
        clean_tables,
        *DERIVED_ASSETS,
        analysis_tables,
        *COMPLETENESS_ASSETS,
        *SERVICE_ASSETS,
        expectations_asset(any(suite.has_gate for suite in suites_in_force(read_suites(Home(folder))))),
        results_asset(read_rules(Home(folder)).own),
        scorecard,
        registry_release,
        *(LAKE_ASSETS if has_lake else ()),
        *([shards_asset(settings.shards)] if settings.are_shards_spread else ()),
    ]
    pull = pull_job(Home(folder))
    wait = 60.0 * number(WAIT_VARIABLE, WAIT_MINUTES)
    return dg.Definitions(
        assets=dg.map_asset_specs(automated, assets),
        asset_checks=[
            deliveries_on_time,
            landing_is_taken,
            deliveries_are_as_before,
            nothing_waits,
            night_is_scheduled,
        ],
        jobs=[nightly_job, deliveries_job, *rebuild_jobs(), history, pull, *upkeep],
        schedules=[nightly_schedule(nightly_job), history_schedule(history), *map(lake_schedule, upkeep)],
        sensors=[
            deliveries_sensor(Home(folder)),
            automation_sensor(),
            dead_runs_sensor(Home(folder)),
            waiting_sensor(Home(folder)),
            pull_sensor(Home(folder), pull),
            *(make(Home(folder)) for make in (incoming_sensor, still_current_sensor, failure_sensor, release_sensor)),
        ],
        resources={
            "registry": Registry(
                home_folder=str(folder), wait_seconds=wait, products=list(products), analyses=list(analyses)
            )
        },
        executor=dg.in_process_executor,
    )


defs = build_definitions()
