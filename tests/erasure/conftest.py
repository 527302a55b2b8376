"""Fixtures of the erasure's tests."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.erasure.forgotten import forget, two_releases
from tests.orchestration.command import Ran
from tests.warehouse.conftest import kit
from warehouse.home import Home

__all__ = ["kit"]


@pytest.fixture(scope="session")
def held(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, list[str]]:
    """A home whose two releases hold the patient; tests work on copies."""
    return two_releases(tmp_path_factory.mktemp("held") / "home")


def copy_of(home: Home, folder: Path) -> Home:
    """A copy of the home that a test may change."""
    root = folder / "home"
    shutil.copytree(home.root, root, symlinks=True)
    return Home(root)


@dataclass
class Forgotten:
    """A home after the erasure: what was said, the releases before, and a copy of the home from before."""

    home: Home
    ran: Ran
    old: list[str]
    before: Home


@pytest.fixture(scope="session")
def forgotten(held: tuple[Home, list[str]], tmp_path_factory: pytest.TempPathFactory) -> Forgotten:
    """The patient is erased; nothing has been refreshed since."""
    before, old = held
    home = copy_of(before, tmp_path_factory.mktemp("forgotten"))
    return Forgotten(home, forget(home), old, before)
