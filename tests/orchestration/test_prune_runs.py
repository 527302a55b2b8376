"""Old runs and evaluations are deleted from Dagster's history; what shows the present state is kept."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from orchestration.automation import prune_runs
from orchestration.automation.settings import RUNS_VARIABLE, number
from orchestration.instance import dagster_instance
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home


@dg.asset
def made() -> None:
    """Something that can be made."""


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """The instance that the product makes, with its own storage."""
    for name in ("DAGSTER_HOME", "REGISTRY_HOME", "DAGSTER_EVENT_BATCH_SIZE"):
        monkeypatch.setenv(name, "")
    with dagster_instance(Home(tmp_path / "home")) as opened:
        yield opened


@pytest.mark.long
def test_old_runs_go_and_the_last_of_an_asset_stays(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old finished runs are deleted with their events, except the newest runs and the last run of each asset."""
    runs = [dg.materialize([made], instance=instance).run_id for _ in range(3)]
    monkeypatch.setattr(prune_runs, "KEPT", 1)
    assert prune_runs.purge_runs(instance, days=30) == 0
    assert prune_runs.purge_runs(instance, days=30, now=datetime.now(UTC) + timedelta(days=31)) == 2
    assert [run.run_id for run in instance.get_runs()] == runs[-1:]
    assert instance.all_logs(runs[0]) == [] != instance.all_logs(runs[-1])
    assert instance.get_latest_materialization_event(made.key) is not None


@pytest.mark.long
def test_the_newest_runs_stay_however_old(instance: dg.DagsterInstance) -> None:
    """A registry that is refreshed once a year keeps its history."""
    for _ in range(2):
        dg.materialize([made], instance=instance)
    assert prune_runs.purge_runs(instance, days=30, now=datetime.now(UTC) + timedelta(days=400)) == 0


def test_one_run_at_a_time(instance: dg.DagsterInstance) -> None:
    """The instance allows one run at a time in one pool, sends no telemetry and purges ticks."""
    queue = instance.get_concurrency_config()
    assert queue.run_queue_config is not None and queue.run_queue_config.max_concurrent_runs == 1
    assert queue.pool_config.default_pool_limit == 1 and queue.pool_config.pool_granularity is not None
    assert not instance.telemetry_enabled and instance.run_retries_enabled
    assert instance.get_tick_retention_settings(dg._core.definitions.run_request.InstigatorType.SENSOR)


@pytest.mark.parametrize("text", ["0", "-1", "ten", "1.5"])
def test_a_setting_that_is_no_number_is_named(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the environment variable and a cure."""
    monkeypatch.setenv(RUNS_VARIABLE, text)
    with pytest.raises(RegistryError, match=f"{RUNS_VARIABLE} is not a whole number"):
        number(RUNS_VARIABLE, 180)


def test_old_evaluations_go(instance: dg.DagsterInstance) -> None:
    """Evaluations of conditions are deleted after a number of days, like runs."""
    storage = instance.schedule_storage
    assert storage is not None
    spec = made.map_asset_specs(
        lambda spec: spec.replace_attributes(automation_condition=dg.AutomationCondition.eager())
    )
    (result,) = dg.evaluate_automation_conditions([spec], instance, dg.AssetSelection.all()).results
    storage.add_auto_materialize_asset_evaluations(1, [result.serializable_evaluation.with_run_ids(set())])
    for later, kept in ((29, 1), (31, 0)):
        prune_runs.purge_evaluations(instance, days=30, now=datetime.now(UTC) + timedelta(days=later))
        assert len(storage.get_auto_materialize_asset_evaluations(made.key, limit=5)) == kept
