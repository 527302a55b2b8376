"""Decide when the assets downstream of the derived tables are made, if a run did not make everything.

Raw, clean and derived tables follow a change log by patient or site, and a release shows all of them in one state, so
one run makes them together, however little each has to do. The run after a delivery makes all else too
(docs/decisions/0087). If somebody makes tables by themselves, declarative automation makes what follows (0016).
"""

from datetime import timedelta

import dagster as dg
from dagster import AutomationCondition as When

from assets.lake import RELEASES as IN_LAKE
from assets.lake import UPKEEP
from assets.shards.shard_asset import PATIENTS
from assets.ui.table_metadata import key
from orchestration.automation.collapsed_condition import CollapsedCondition
from orchestration.automation.run_in_progress import NoRunInProgress
from orchestration.automation.tables_changed import TablesChanged
from schemas.exports import EXPORTS
from warehouse.storage.table_catalogue import PUBLISHED

RELEASE = key("release.registry")
WITH_DELIVERIES = (
    *(key(f"raw.{name}") for name in EXPORTS),
    *(key(table.full_name) for table in PUBLISHED if table.is_made_with_deliveries),
)
"""Assets that follow the change log, so that no condition requests one of them alone."""

FRESH = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=48), warn_window=timedelta(hours=26))
"""A release is requested every night, even if nothing is new; the policy fails if two nights pass without a request."""


def _when(trigger: When, with_deliveries: tuple[dg.AssetKey, ...], label: str) -> When:
    """Return the condition that `trigger` came true since the asset was last made or requested, and nothing blocks it.

    What blocks it: a run in progress, a missing input, a blocking check that failed. A run that failed before it had
    made all of `with_deliveries` counts as in progress until another run has made them.
    """
    condition = (
        trigger.since_last_handled()
        & NoRunInProgress(with_deliveries)
        & CollapsedCondition("no_input_missing", ~When.any_deps_missing())
        & CollapsedCondition("blocking_checks_of_inputs_passed", When.all_deps_blocking_checks_passed())
    )
    return condition.with_label(label)


def when_an_input_changed(with_deliveries: tuple[dg.AssetKey, ...] = WITH_DELIVERIES) -> When:
    """Return the condition of an analysis, or of a lake: the data version of a table that it reads has changed."""
    changed = When.any_deps_match(When.data_version_changed())
    return _when(changed, with_deliveries, "an input changed")


def when_anything_changed(with_deliveries: tuple[dg.AssetKey, ...] = WITH_DELIVERIES) -> When:
    """Return the condition of what each release needs: any table made after a delivery has changed."""
    return _when(TablesChanged(with_deliveries), with_deliveries, "anything changed")


def automated(spec: dg.AssetSpec) -> dg.AssetSpec:
    """Return the asset with its condition; exports, assets made together after a delivery, and the upkeep of
    a lake, which has a schedule, have none; nor have shards, which a refresh asks for.
    """
    if spec.key in (*WITH_DELIVERIES, *UPKEEP, PATIENTS) or spec.key.path[0] == "export":
        return spec
    if spec.key == RELEASE:
        spec = spec.replace_attributes(freshness_policy=FRESH)
    has_inputs = spec.key.path[0] == "analysis" or spec.key == IN_LAKE
    return spec.replace_attributes(
        automation_condition=when_an_input_changed() if has_inputs else when_anything_changed()
    )
