"""A failed run is retried automatically, with growing pauses, until one succeeds."""

from __future__ import annotations

import time
from pathlib import Path

import dagster as dg
import pytest

from orchestration.automation import sensors
from orchestration.automation.jobs import DELIVERIES, NIGHTLY, quiet_config
from orchestration.automation.retry_failed_run import failed_run
from warehouse.storage.home import Home

HOUR = 3600


def _run(instance: dg.DagsterInstance, name: str, fails: bool) -> str:
    """Create a run of that job and return its id."""

    @dg.op
    def step() -> None:
        if fails:
            raise dg.Failure("No.")

    @dg.job(name=name)
    def made() -> None:
        step()

    return made.execute_in_process(instance=instance, raise_on_error=False).run_id


@pytest.mark.long
def test_the_pause_doubles_until_one_succeeds() -> None:
    """The pause is an hour after the first failure and two after the second; after a success there is no retry."""
    with dg.DagsterInstance.ephemeral() as instance:
        assert failed_run(instance, time.time() + HOUR) == ""
        first, ended = _run(instance, DELIVERIES, fails=True), time.time()
        assert failed_run(instance, ended + HOUR - 60) == "" and failed_run(instance, ended + HOUR) == first
        second, ended = _run(instance, NIGHTLY, fails=True), time.time()
        assert failed_run(instance, ended + 2 * HOUR - 60) == "" and failed_run(instance, ended + 2 * HOUR) == second
        _run(instance, NIGHTLY, fails=False)
        assert failed_run(instance, ended + 100 * HOUR) == ""


def test_the_sensor_asks_once_for_each_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With no new file in landing/, the sensor retries after the pause, with one run key per failure."""
    sensor = sensors.deliveries_sensor(Home(tmp_path / "home").create())
    with dg.DagsterInstance.ephemeral() as instance:
        failed, now = _run(instance, DELIVERIES, fails=True), time.time()
        early = sensor(dg.build_sensor_context(instance=instance))
        assert isinstance(early, dg.SensorResult) and not early.run_requests
        monkeypatch.setattr(sensors.time, "time", lambda: now + HOUR + 1)
        asked = [sensor(dg.build_sensor_context(instance=instance)) for _ in range(2)]
    requests = [r for a in asked if isinstance(a, dg.SensorResult) for r in a.run_requests or ()]
    assert [request.run_key for request in requests] == [f"again {failed}"] * 2
    assert requests[0].run_config == quiet_config() and requests[0].tags["registry/again"] == failed
