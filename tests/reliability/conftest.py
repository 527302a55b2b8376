"""Nights without a kill, shared by the session."""

import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.build_once import build_once
from tests.e2e.demonstration import Demonstration, copy_of
from tests.orchestration.home_state import deliver_new_patient
from tests.reliability.commands import Here
from tests.reliability.nights import NIGHTS
from tests.reliability.repeated_kills import Uninterrupted, refreshed, uninterrupted, what_stands
from warehouse.storage.home import Home


@dataclass(frozen=True)
class Quiet:
    """A home after each of its nights, and what each night ended with, without any kill.

    The nights run in the tests' process: their seconds are not those of a command that may be killed.
    """

    folder: Path
    goals: list[Uninterrupted]

    def home_after(self, n_nights: int, folder: Path) -> Home:
        """Return a copy of the home after this many nights, below `folder`, which a test may change."""
        shutil.copytree(self.folder / str(n_nights), folder / "home", symlinks=True)
        return Home(folder / "home")


@pytest.fixture(scope="session")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Quiet:
    """Two nights."""
    return build_once(tmp_path_factory, "quiet", partial(_nights, 2))


@pytest.fixture(scope="session")
def studied(light_study: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Quiet:
    """The demonstration study as released, and the night in which a new patient came."""
    return build_once(tmp_path_factory, "studied", partial(_night_of_a_new_patient, light_study))


@pytest.fixture(scope="session")
def quiet_and_resolved(tmp_path_factory: pytest.TempPathFactory) -> Quiet:
    """Three nights, of which the third resolves entries."""
    return build_once(tmp_path_factory, "quiet-and-resolved", partial(_nights, 3))


def _nights(n_nights: int, folder: Path) -> Quiet:
    home, goals = Home(folder / "home"), []
    for number, night in enumerate(NIGHTS[:n_nights], 1):
        goals += uninterrupted(Here(), home, [night])
        shutil.copytree(home.root, folder / str(number), symlinks=True)
    return Quiet(folder, goals)


def _night_of_a_new_patient(study: Demonstration, folder: Path) -> Quiet:
    home = copy_of(study, folder)
    shutil.copytree(home.root, folder / "1", symlinks=True)
    before = what_stands(home, 0.0)
    deliver_new_patient(home)
    goal = refreshed(Here("with history"), home)
    shutil.copytree(home.root, folder / "2", symlinks=True)
    return Quiet(folder, [before, goal])
