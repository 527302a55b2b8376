"""Runs the platform's refresh up to the release, without Dagster's run and without analyses, and times every step.

It calls the assets' own functions in the order of the flow. The report is a constant sentence, since the real one
shows analyses.

`python -m benchmarks.platform_refresh HOME` prints seconds, peak memory, seconds per step and the content hash of a
full refresh as JSON; with `--follow`, of a refresh that makes only what is due. Imports are not timed.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import great_expectations.render.renderer.page_renderer
import great_expectations.render.view  # noqa: F401
import matplotlib.pyplot  # noqa: F401 (late imports happen before the clock starts)
import pandas  # noqa: F401
import pandera.polars  # noqa: F401
import pyarrow  # noqa: F401
from dagster import AssetsDefinition

import assets.release
from analysis.report.output.page import Page
from assets.canaries import canary_results
from assets.clean import clean_tables
from assets.completeness import COMPLETENESS_ASSETS
from assets.derived import DERIVED_ASSETS
from assets.expectations import expectations_asset
from assets.raw import RefreshConfig, raw_tables
from assets.resources import LayerConfig, Registry, kept_open
from assets.results import results_asset
from assets.scorecard import scorecard
from benchmarks.clock import Clock
from benchmarks.meter import Meter
from benchmarks.refresh_steps import watch_steps
from warehouse.derived.completeness import COMPLETENESS_TABLES
from warehouse.expectations.library import new_context
from warehouse.releases import release as releases
from warehouse.storage.home import Home
from warehouse.storage.lock import refresh_lock

REPORT = "A benchmark makes no analyses."


def plain(asset: AssetsDefinition) -> Callable:
    """Return the asset's own function: calling the asset itself would create a Dagster instance for each call."""
    return asset.op.compute_fn.decorated_fn


def refresh(home: Home, full: bool = True) -> dict:
    """Refresh `home` once and return the release's manifest."""
    registry = Registry(home_folder=str(home.root))
    for _ in plain(raw_tables)(config=RefreshConfig(full=full), registry=registry):
        pass
    for _ in plain(clean_tables)(config=LayerConfig(), registry=registry):
        pass
    for table in DERIVED_ASSETS:
        result = plain(table)(config=LayerConfig(), registry=registry)
        assert all(check.passed for check in result.check_results)
    plain(canary_results)(registry=registry)
    plain(expectations_asset())(registry=registry)
    for table in COMPLETENESS_ASSETS[: len(COMPLETENESS_TABLES)]:  # the analyses behind them are left out
        plain(table)(registry=registry)
    for _ in plain(results_asset())(registry=registry):
        pass
    plain(scorecard)(registry=registry)
    for _ in plain(assets.release.registry_release)(registry=registry):
        pass
    release = releases.current_release(home)
    assert release is not None
    return release.manifest


def main(home: Home, full: bool) -> None:
    """Refresh and print the figures."""
    assets.release.report_content = lambda *facts: None
    assets.release.page_of = lambda content: Page(REPORT, {}, {}, b"")
    assets.release.flow_picture = lambda flow: {}
    new_context()  # the first one takes seconds, for imports
    clock = Clock(time.process_time if "--processor" in sys.argv else time.perf_counter)
    watch_steps(clock)
    meter = Meter()
    with clock.step("open and close the database, other"), refresh_lock(home), kept_open():
        manifest = refresh(home, full)
    kept = {name: manifest[name] for name in ("content_hash", "tables")}
    print(json.dumps(meter.read() | {"steps": clock.seconds} | kept))


if __name__ == "__main__":
    main(Home(Path(sys.argv[1])), full="--follow" not in sys.argv)
