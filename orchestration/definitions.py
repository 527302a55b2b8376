"""What Dagster loads: all assets, the nightly job and its schedule, the registry's home.

`build_definitions` takes what a test or another deployment wants different.
"""

from pathlib import Path

import dagster as dg

from assets.analysis import analysis_tables
from assets.canaries import canary_results
from assets.clean import clean_tables
from assets.completeness import COMPLETENESS_ASSETS
from assets.derived import DERIVED_ASSETS
from assets.expectations import expectations
from assets.exports import EXPORT_ASSETS
from assets.raw import raw_tables
from assets.release import registry_release
from assets.resources import Registry
from assets.results import rule_results
from assets.scorecard import scorecard
from orchestration.jobs import repair_jobs
from orchestration.schedules import nightly_schedule
from warehouse.home import default_home

NIGHTLY = "nightly"


def build_definitions(home: Path | None = None) -> dg.Definitions:
    """The definitions for one home; the environment's home where none is given."""
    job = dg.define_asset_job(
        NIGHTLY,
        dg.AssetSelection.all(),
        description="Refresh everything: exports to release.",
        executor_def=dg.in_process_executor,
    )
    return dg.Definitions(
        assets=[
            *EXPORT_ASSETS,
            canary_results,
            raw_tables,
            clean_tables,
            *DERIVED_ASSETS,
            analysis_tables,
            *COMPLETENESS_ASSETS,
            expectations,
            rule_results,
            scorecard,
            registry_release,
        ],
        jobs=[job, *repair_jobs()],
        schedules=[nightly_schedule(job)],
        resources={"registry": Registry(home_folder=str(home or default_home()))},
        executor=dg.in_process_executor,
    )


defs = build_definitions()
