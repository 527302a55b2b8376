"""What counts as a run in progress, and how little a tick of the automation sensor stores in Dagster."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._serdes import serialize_value

from orchestration.automation.conditions import WITH_DELIVERIES
from orchestration.automation.run_in_progress import is_run_in_progress
from orchestration.definitions import build_definitions

TABLES = (dg.AssetKey("one"), dg.AssetKey("two"))
BROKEN: set[str] = set()
MOST_BYTES = 22_000
"""Of one asset in a tick in which every condition changed, on average."""


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """An instance without runs."""
    BROKEN.clear()
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


@dg.asset
def one() -> None:
    """A table of the first run."""


@dg.asset(deps=[one])
def two() -> None:
    """A table of the first run that can fail."""
    if "two" in BROKEN:
        raise dg.Failure("broken")


@dg.asset(deps=[two])
def behind() -> None:
    """A table downstream of the first run that can fail."""
    if "behind" in BROKEN:
        raise dg.Failure("broken")


def run(instance: dg.DagsterInstance, *assets: dg.AssetsDefinition) -> bool:
    """Make the assets and return whether it succeeded."""
    return dg.materialize(list(assets), instance=instance, raise_on_error=False).success


def test_a_run_that_has_not_ended_is_under_way(instance: dg.DagsterInstance) -> None:
    """A run that has not ended is in progress, whatever it makes and before it makes anything."""
    assert not is_run_in_progress(instance, TABLES)
    instance.add_run(dg.DagsterRun(job_name="any", status=dg.DagsterRunStatus.STARTED))
    assert is_run_in_progress(instance, TABLES)


@pytest.mark.long
def test_a_first_run_that_failed_half_way_is_under_way(instance: dg.DagsterInstance) -> None:
    """A first run that failed half-way counts as in progress until another has made all of it; a failure downstream
    does not.
    """
    assert run(instance, one, two, behind) and not is_run_in_progress(instance, TABLES)
    BROKEN.update(("two", "behind"))
    assert not run(instance, one, two) and is_run_in_progress(instance, TABLES)
    assert run(instance, one) and is_run_in_progress(instance, TABLES)
    BROKEN.remove("two")
    assert run(instance, one, two) and not is_run_in_progress(instance, TABLES)
    assert not run(instance, one, two, behind) and not is_run_in_progress(instance, TABLES)


@pytest.mark.long
def test_a_tick_leaves_little(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    """The evaluations of the registry's own assets are small in Dagster's storage even if all their inputs have
    changed.
    """
    defs, cursor = build_definitions(tmp_path), None
    made = defs.resolve_asset_graph().materializable_asset_keys
    for version in ("1", "2"):
        for key in made:
            instance.report_runless_asset_event(dg.AssetMaterialization(key, tags={"dagster/data_version": version}))
        tick = dg.evaluate_automation_conditions(defs, instance, dg.AssetSelection.all(), cursor=cursor)
        cursor = tick.cursor
    stored = [len(serialize_value(result.serializable_evaluation.with_run_ids(set()))) for result in tick.results]
    assert len(stored) == len(made - set(WITH_DELIVERIES)) and sum(stored) < MOST_BYTES * len(stored), (
        sum(stored),
        max(stored),
    )
