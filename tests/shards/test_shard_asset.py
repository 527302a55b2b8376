"""The asset of the shards: there if Dagster's workers make shards; and a worker can make one of its partitions."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from assets.shards.shard_asset import OP, PATIENTS, partition_of, shards_job
from orchestration.automation.jobs import NIGHTLY
from orchestration.automation.rebuild_jobs import FULL_REBUILD
from orchestration.definitions import build_definitions
from tests.shards.conftest import Ordered
from warehouse.shards.runner import runner_of
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.home_settings import home_settings

SPREAD = 'shards = 16\nshard_workers = "dagster"\n'
NOT_SPREAD = ["shards = 16\nshard_workers = 3\n", 'shard_workers = "dagster"\n']


def shard_keys(root: Path, settings: str) -> set[dg.AssetKey]:
    """The keys of the shards among the assets of a home with these settings."""
    (root / "registry.toml").write_text(settings, encoding="utf-8")
    return {spec.key for spec in build_definitions(root).resolve_all_asset_specs()} & {PATIENTS}


@pytest.mark.parametrize("settings", NOT_SPREAD)
def test_no_asset_of_shards(tmp_path: Path, settings: str) -> None:
    """Without shards, or with processes of this machine, there is no such asset."""
    assert shard_keys(tmp_path, settings) == set()


def test_the_asset_of_shards(tmp_path: Path) -> None:
    """With Dagster's workers it is there, described, with sixteen partitions; jobs that refresh and automation leave it
    alone, since it needs an order.
    """
    assert shard_keys(tmp_path, SPREAD) == {PATIENTS}
    definitions = build_definitions(tmp_path)
    node = definitions.resolve_asset_graph().get(PATIENTS)
    assert node.description and node.owners and node.kinds and node.automation_condition is None
    assert node.partitions_def is not None
    assert node.partitions_def.get_partition_keys() == [partition_of(shard, 16) for shard in range(16)]
    assert partition_of(3, 16) == "03"
    for job in (NIGHTLY, FULL_REBUILD):
        assert PATIENTS not in definitions.resolve_job_def(job).asset_layer.executable_asset_keys


@pytest.mark.parametrize("workers", ['"celery"', "0", "true", "2.5"])
def test_other_workers_are_refused(tmp_path: Path, workers: str) -> None:
    """registry.toml takes a number of processes, or Dagster."""
    (tmp_path / "registry.toml").write_text(f"shards = 4\nshard_workers = {workers}\n", encoding="utf-8")
    with pytest.raises(RegistryError, match="shard_workers is no number from 1 to 64"):
        home_settings(Home(tmp_path))


def test_only_a_refresh_has_dagsters_workers(tmp_path: Path) -> None:
    """Outside of a run there is no runner for them, and none is taken in their place."""
    (tmp_path / "registry.toml").write_text(SPREAD, encoding="utf-8")
    with pytest.raises(RegistryError, match="Only a refresh"):
        runner_of(Home(tmp_path))


def test_a_worker_makes_a_partition(kept_order: Ordered) -> None:
    """The job that a worker builds from the number of shards makes the shard of its partition; this one was made."""
    config = {"ops": {OP: {"config": {"order": kept_order.address}}}}
    done = shards_job(2).execute_in_process(run_config=config, partition_key="1")
    (made,) = done.asset_materializations_for_node(OP)
    assert made.partition == "1" and made.metadata["was_there"].value and made.metadata["dagster/row_count"].value > 0


def test_a_shard_of_no_order(tmp_path: Path) -> None:
    """A shard whose order is gone fails in one sentence with a cure, and Dagster does not retry it."""
    config = {"ops": {OP: {"config": {"order": str(tmp_path / "gone")}}}}
    done = shards_job(2).execute_in_process(run_config=config, partition_key="0", raise_on_error=False)
    (failure,) = [event for event in done.all_events if event.is_step_failure]
    told = failure.step_failure_data.user_failure_data
    assert told is not None and "There is no work order" in told.description and "registry refresh" in told.description
