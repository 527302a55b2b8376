"""Nights without a kill, shared by the session."""

import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.build_once import build_once
from tests.reliability.commands import Commands
from tests.reliability.nights import NIGHTS
from tests.reliability.repeated_kills import Uninterrupted, uninterrupted
from warehouse.storage.home import Home


@dataclass(frozen=True)
class Quiet:
    """A home after each of its nights, and what each night ended with, without any kill."""

    folder: Path
    goals: list[Uninterrupted]

    def home_after(self, n_nights: int, folder: Path) -> Home:
        """Return a copy of the home after this many nights, below `folder`, which a test may change."""
        shutil.copytree(self.folder / str(n_nights), folder / "home", symlinks=True)
        return Home(folder / "home")


@pytest.fixture(scope="session")
def quiet(commands: Commands, tmp_path_factory: pytest.TempPathFactory) -> Quiet:
    """Two nights."""
    return build_once(tmp_path_factory, "quiet", partial(_nights, commands, 2))


@pytest.fixture(scope="session")
def quiet_and_resolved(commands: Commands, tmp_path_factory: pytest.TempPathFactory) -> Quiet:
    """Three nights, of which the third resolves entries."""
    return build_once(tmp_path_factory, "quiet-and-resolved", partial(_nights, commands, 3))


def _nights(commands: Commands, n_nights: int, folder: Path) -> Quiet:
    home, goals = Home(folder / "home"), []
    for number, night in enumerate(NIGHTS[:n_nights], 1):
        goals += uninterrupted(commands, home, [night])
        shutil.copytree(home.root, folder / str(number), symlinks=True)
    return Quiet(folder, goals)
