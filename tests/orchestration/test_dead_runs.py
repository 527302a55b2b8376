"""Which runs count as dead: those that have reported nothing for a time while nobody holds the lock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster import DagsterRunStatus as Status

from orchestration.automation import dead_runs
from orchestration.automation.reporting_sensors import incoming_sensor
from orchestration.automation.sensors import automation_sensor, dead_runs_sensor, deliveries_sensor, settled_seconds
from orchestration.automation.settings import WATCH_VARIABLE
from orchestration.automation.waiting_sensor import examined_after
from tests.orchestration.test_runs_and_lock import held_elsewhere
from warehouse.storage.home import Home


class Looks:
    """The sensor on its own instance, evaluated at made-up times."""

    def __init__(self, home: Home, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch):
        self.instance, self.sensor, self.cursor = instance, dead_runs_sensor(home), None
        self._now = dead_runs.time.time()
        monkeypatch.setattr(dead_runs.time, "time", lambda: self._now)

    def run(self, status: Status, **tags: str) -> str:
        """Create a run that has been in that state since now, and return its id."""
        run = dg.DagsterRun(job_name="any", status=status, tags=tags)
        self.instance.add_run(run)
        return run.run_id

    def after(self, seconds: float) -> set[str]:
        """Return the runs that have failed once the sensor has run this many seconds later."""
        self._now += seconds
        told = self.sensor(dg.build_sensor_context(instance=self.instance, cursor=self.cursor))
        assert isinstance(told, dg.SensorResult)
        self.cursor = told.cursor
        return {run.run_id for run in self.instance.get_runs(dg.RunsFilter(statuses=[Status.FAILURE]))}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    return Home(tmp_path / "home").create()


@pytest.fixture
def looks(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Looks]:
    """The sensor before its first evaluation."""
    monkeypatch.delenv(WATCH_VARIABLE, raising=False)
    with dg.DagsterInstance.ephemeral() as instance:
        yield Looks(home, instance, monkeypatch)


def test_a_run_that_is_silent_and_holds_no_lock_is_dead(looks: Looks) -> None:
    """A silent run without the lock is dead after a minute, not before; a run in the queue or one that has ended is
    left alone.
    """
    looks.run(Status.NOT_STARTED), looks.run(Status.SUCCESS)
    dead = looks.run(Status.STARTED)
    assert looks.after(30) == looks.after(25) == set()
    assert looks.after(30) == {dead}


def test_one_look_is_not_enough(home: Home, looks: Looks) -> None:
    """The lock must be free in two evaluations, so that a run that waited for a refresh can take it first."""
    silent = looks.run(Status.STARTED)
    assert looks.after(1) == set()
    with held_elsewhere(home, 60):
        assert looks.after(600) == set() == looks.after(600)
    assert looks.after(1) == set()
    assert looks.after(1) == {silent}


def test_a_run_that_has_not_begun_has_a_minute(looks: Looks, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is still starting has a minute, however often the sensors run, because it imports its libraries."""
    monkeypatch.setenv(WATCH_VARIABLE, "5")
    begun, starting = looks.run(Status.STARTED), looks.run(Status.STARTING)
    assert looks.after(10) == set() == looks.after(9)
    assert looks.after(10) == {begun}
    assert looks.after(25) == {begun}
    assert looks.after(10) == {begun, starting}


@pytest.mark.parametrize(("watch", "settled", "looks_every"), [("", 60, (3, 15, 30, 60)), ("5", 20, (1, 5, 10, 20))])
def test_one_setting_says_how_often_is_looked(
    home: Home, watch: str, settled: int, looks_every: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One setting scales the sensors' intervals; the times after which a run is dead, and a state of the build is
    examined, have a minimum.
    """
    monkeypatch.setenv(WATCH_VARIABLE, watch)
    sensors = [deliveries_sensor(home), automation_sensor(), dead_runs_sensor(home), incoming_sensor(home)]
    assert tuple(sensor.minimum_interval_seconds for sensor in sensors) == looks_every
    assert (settled_seconds(), examined_after()) == (settled, 60)
    monkeypatch.setenv(WATCH_VARIABLE, "1")
    assert (settled_seconds(), examined_after()) == (20, 60)
