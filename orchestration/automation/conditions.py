"""When an asset is made by itself: which follow the deliveries in one run, and which follow those by condition.

What belongs here: the two groups and the condition. What does not: sensors (sensors.py) and what an asset does. Raw,
clean and derived tables follow a change log by patient or site, and a release shows one state of all of them: so one
run makes them together, whatever each finds to do. Everything behind them is made by declarative automation
(docs/decisions/0016).
"""

from datetime import timedelta

import dagster as dg
from dagster import AutomationCondition as When

from assets.ui.table_metadata import key
from orchestration.automation.collapsed_condition import CollapsedCondition
from orchestration.automation.run_in_progress import NoRunInProgress
from schemas.derived import DERIVED
from schemas.exports import EXPORTS
from warehouse.derived.completeness import IMAGING_TABLES, SITE_TABLES

RELEASE = key("release.registry")
WITH_DELIVERIES = (
    key("quality.canaries"),
    *(key(f"raw.{name}") for name in EXPORTS),
    key("meta.loads"),
    key("quality.answers"),
    *(key(f"clean.{name}") for name in (*EXPORTS, "lesions")),
    *(key(f"quality.{name}") for name in ("quarantine", "resolved", "ledger", "exceptions")),
    *(key(f"derived.{name}") for name in DERIVED),
    *(key(f"quality.{name}") for name in (*IMAGING_TABLES, *SITE_TABLES)),
)
"""Assets that one run makes together when something was delivered."""

FRESH = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=48), warn_window=timedelta(hours=26))
"""Every night asks for a release, even if nothing is new: one that was not asked for in two nights says so."""


def _when(trigger: When, with_deliveries: tuple[dg.AssetKey, ...]) -> When:
    """`trigger` came true since the asset was last made or asked for, nothing is under way, and no gate is shut.

    Under way is also a first run that failed half-way, until one has made all of it.
    """
    return (
        trigger.since_last_handled()
        & NoRunInProgress(with_deliveries)
        & CollapsedCondition("no_input_missing", ~When.any_deps_missing())
        & CollapsedCondition("blocking_checks_of_inputs_passed", When.all_deps_blocking_checks_passed())
    )


def when_an_input_changed(with_deliveries: tuple[dg.AssetKey, ...] = WITH_DELIVERIES) -> When:
    """The data version of a table that it reads is another: for analyses, of which each is made only then."""
    changed = When.any_deps_match(When.data_version_changed())
    return _when(changed, with_deliveries).with_label("an input changed")


def when_anything_changed(
    release: dg.AssetKey = RELEASE, with_deliveries: tuple[dg.AssetKey, ...] = WITH_DELIVERIES
) -> When:
    """The data version of any table that follows the deliveries is another: for what is made anew for each release."""
    read = When.any_deps_match(When.data_version_changed()).allow(dg.AssetSelection.assets(*with_deliveries))
    return _when(When.asset_matches(release, read), with_deliveries).with_label("anything changed")


def automated(spec: dg.AssetSpec) -> dg.AssetSpec:
    """The asset with its condition; those that follow the deliveries, and the exports themselves, have none."""
    if spec.key in WITH_DELIVERIES or spec.key.path[0] == "export":
        return spec
    if spec.key == RELEASE:
        spec = spec.replace_attributes(freshness_policy=FRESH)
    is_analysis = spec.key.path[0] == "analysis"
    return spec.replace_attributes(
        automation_condition=when_an_input_changed() if is_analysis else when_anything_changed()
    )
