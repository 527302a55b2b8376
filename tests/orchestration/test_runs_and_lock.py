"""A run of the daemon and a refresh from the command line exclude each other."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from assets.resources import Registry
from orchestration.automation.sensors import why_no_run_now
from tests.orchestration.command import CHECKOUT
from warehouse.storage.home import Home
from warehouse.storage.lock import is_held

SEEN: list[bool] = []
HOLD = """
import sys, time; from pathlib import Path
from warehouse.storage.home import Home; from warehouse.storage.lock import refresh_lock
with refresh_lock(Home(Path(sys.argv[1]))): print("held", flush=True); time.sleep(float(sys.argv[2]))
"""


@dg.asset
def first(registry: Registry) -> None:
    """Notes whether the lock is held in the first step."""
    SEEN.append(is_held(registry.home))


@dg.asset(deps=[first])
def second(registry: Registry) -> None:
    """Notes whether it is still held in the second step."""
    SEEN.append(is_held(registry.home))


def run(home: Home, wait_seconds: float) -> bool:
    """Run both steps in one run and return whether it succeeded."""
    resources = {"registry": Registry(home_folder=str(home.root), wait_seconds=wait_seconds)}
    with dg.DagsterInstance.ephemeral() as instance:
        return dg.materialize([first, second], resources=resources, instance=instance, raise_on_error=False).success


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    SEEN.clear()
    return Home(tmp_path / "home").create()


@contextmanager
def held_elsewhere(home: Home, seconds: float) -> Iterator[None]:
    """Have another process hold the refresh lock for this long from the start of the block."""
    words = [sys.executable, "-c", HOLD, str(home.root), str(seconds)]
    with subprocess.Popen(words, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        try:
            yield
        finally:
            process.kill()


def test_a_run_holds_the_lock_from_its_first_step_to_its_last(home: Home) -> None:
    """No other refresh can start between two steps; afterwards the lock is free."""
    assert run(home, 0)
    assert SEEN == [True, True] and not is_held(home)


@pytest.mark.long
def test_a_run_waits_for_a_refresh(home: Home) -> None:
    """A run begins when the other process has ended."""
    with held_elsewhere(home, 3):
        assert run(home, 60)
    assert SEEN == [True, True]


@pytest.mark.long
def test_a_run_that_waited_in_vain_has_changed_nothing(home: Home) -> None:
    """A run that times out waiting for the lock fails before its first step."""
    with held_elsewhere(home, 60):
        assert not run(home, 0.5)
    assert SEEN == []


def test_the_sensor_starts_nothing_during_a_refresh(home: Home) -> None:
    """During a refresh the sensor starts nothing and says who is refreshing."""
    with dg.DagsterInstance.ephemeral() as instance:
        assert why_no_run_now(home, instance) == ""
        with held_elsewhere(home, 60):
            assert why_no_run_now(home, instance).startswith("Another refresh is running (process ")
