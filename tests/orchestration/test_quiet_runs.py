"""Runs that the daemon starts skip files that are still being written; a run that a person starts loads all."""

from __future__ import annotations

import time
from pathlib import Path

import dagster as dg
import pytest

from assets import raw
from orchestration.automation import sensors
from orchestration.automation.jobs import DELIVERIES, quiet_config
from orchestration.automation.schedules import nightly_schedule
from orchestration.automation.settings import QUIET_VARIABLE
from orchestration.definitions import NIGHTLY, build_definitions
from warehouse.storage.home import Home


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(QUIET_VARIABLE, "7")


def test_a_delivery_starts_a_run_that_leaves_what_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run that the sensor requests has the sensor's quiet time, so it skips other files that still change."""
    home = Home(tmp_path / "home").create()
    (home.landing / "north" / "patients").mkdir(parents=True)
    (home.landing / "north" / "patients" / "a.csv").write_text("patient_id\n")
    sensor = sensors.deliveries_sensor(home)
    with dg.DagsterInstance.ephemeral() as instance:
        first = sensor(dg.build_sensor_context(instance=instance))
        assert isinstance(first, dg.SensorResult) and not first.run_requests
        now = time.time()
        monkeypatch.setattr(sensors.time, "time", lambda: now + 8)
        second = sensor(dg.build_sensor_context(instance=instance, cursor=first.cursor))
    assert isinstance(second, dg.SensorResult) and second.run_requests
    assert second.run_requests[0].run_config == quiet_config(not_before=now + 8 + 3.5)


@pytest.mark.parametrize(("ahead", "slept"), [(3.5, 3.5), (-60.0, 0.0), (86_400.0, raw.WAITS_AT_MOST_SECONDS)])
def test_the_run_waits_for_the_rest(monkeypatch: pytest.MonkeyPatch, ahead: float, slept: float) -> None:
    """A run that was requested early sleeps until its files are quiet, but not for a day if the clock was set back."""
    pauses: list[float] = []
    monkeypatch.setattr(raw.time, "time", lambda: 1_000_000.0)
    monkeypatch.setattr(raw.time, "sleep", pauses.append)
    raw.wait_until(1_000_000.0 + ahead)
    assert pauses == [slept]


@pytest.mark.parametrize(("early", "grows", "is_asked"), [(1.5, False, True), (1.5, True, False), (2.5, False, False)])
def test_an_evaluation_a_moment_early_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, early: float, grows: bool, is_asked: bool
) -> None:
    """An evaluation up to two seconds before a run is requested, half the quiet time before the end of it, waits and
    scans once more; a file that has changed meanwhile is left alone.
    """
    home = Home(tmp_path / "home").create()
    (home.landing / "north" / "patients").mkdir(parents=True)
    file = home.landing / "north" / "patients" / "a.csv"
    file.write_text("patient_id\n")
    now = [time.time()]

    def sleep(seconds: float) -> None:
        now[0] += seconds
        if grows:
            file.write_text("patient_id\nP-1\n")

    sensor = sensors.deliveries_sensor(home)
    monkeypatch.setattr(sensors.time, "time", lambda: now[0])
    monkeypatch.setattr(sensors.time, "sleep", sleep)
    with dg.DagsterInstance.ephemeral() as instance:
        first = sensor(dg.build_sensor_context(instance=instance))
        assert isinstance(first, dg.SensorResult) and not first.run_requests
        now[0] += 3.5 - early
        second = sensor(dg.build_sensor_context(instance=instance, cursor=first.cursor))
    assert isinstance(second, dg.SensorResult) and bool(second.run_requests) == is_asked


def test_the_nightly_run_leaves_what_grows(tmp_path: Path) -> None:
    """The nightly schedule passes the quiet time in a configuration that its job accepts, like the deliveries' job."""
    definitions = build_definitions(tmp_path)
    for name in (NIGHTLY, DELIVERIES):
        assert dg.validate_run_config(definitions.resolve_job_def(name), quiet_config())
    asked = nightly_schedule(definitions.resolve_job_def(NIGHTLY)).evaluate_tick(dg.build_schedule_context())
    assert asked.run_requests and asked.run_requests[0].run_config == quiet_config()
    assert quiet_config()["ops"]["raw"]["config"]["quiet_seconds"] == 7
