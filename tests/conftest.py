"""What tests of several folders share."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from tests.e2e.demonstration import Demonstration, demonstration_study
from tests.orchestration.light import EVERYTHING, WITH_HISTORY
from tests.reliability.commands import Commands, warm_commands

MEMORY = Path("/dev/shm")
WARM_PROCESS = ("tests/reliability/", "tests/erasure/test_crashes.py")
"""Tests that use `commands`: all in one of the processes, which starts the warm process."""
ROOM_BYTES = 6 << 30
"""Free memory that the tests' folders need with room to spare: a session holds up to 2.6 GB."""


def pytest_configure() -> None:
    """Keep the tests' folders in memory if there is room: DuckDB and Dagster sync many small files, which takes longer
    than a refresh itself. PYTEST_DEBUG_TEMPROOT names another place.
    """
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK):
        free = min(shutil.disk_usage(MEMORY).free, os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
        if free > ROOM_BYTES:
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


class FilesAndWarmProcess(LoadFileScheduling):
    """Run the tests of a file in one process, and all tests that use the warm process in one."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(WARM_PROCESS):
            return "warm process"
        return super()._split_scope(nodeid)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that use the warm process: they take longest, and at the end one process would be idle."""
    items.sort(key=lambda item: not item.nodeid.startswith(WARM_PROCESS))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FilesAndWarmProcess | None:
    """Group `--dist loadfile` a little more (see FilesAndWarmProcess)."""
    return FilesAndWarmProcess(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Demonstration:
    """The demonstration study, released with everything, for tests that only read; made once, whoever asks first."""
    return demonstration_study(tmp_path_factory, pytestconfig, "demonstration", EVERYTHING)


@pytest.fixture(scope="session")
def light_study(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Demonstration:
    """The demonstration study, released lightly, for tests that refresh copies of it."""
    return demonstration_study(tmp_path_factory, pytestconfig, "light-study", WITH_HISTORY)


@pytest.fixture(scope="session")
def commands() -> Iterator[Commands]:
    """Commands in children of the warm process, which may be killed."""
    with warm_commands() as running:
        yield running
