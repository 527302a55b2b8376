"""Fixtures of the erasure tests."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.build_once import build_once
from tests.erasure.erased_home import forget, two_releases
from tests.orchestration.command import Ran, run_here
from tests.warehouse.conftest import kit
from warehouse.releases.share_log import outputs
from warehouse.storage.home import Home

__all__ = ["kit"]


@pytest.fixture(scope="session")
def held(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, list[str]]:
    """A home whose two releases hold the patient; tests work on copies."""
    return build_once(tmp_path_factory, "held", lambda folder: two_releases(folder / "home"))


def copy_of(home: Home, folder: Path) -> Home:
    """A copy of the home that a test may change."""
    root = folder / "home"
    shutil.copytree(home.root, root, symlinks=True)
    return Home(root)


@dataclass
class Forgotten:
    """A home after the erasure: what was said, the releases before, a copy of the home from before, and the groups of
    the output that had left it.
    """

    home: Home
    ran: Ran
    old: list[str]
    before: Home
    groups: bytes


@pytest.fixture(scope="session")
def forgotten(held: tuple[Home, list[str]], tmp_path_factory: pytest.TempPathFactory) -> Forgotten:
    """An output leaves, then the patient is erased; nothing has been refreshed since."""
    before, old = held

    def erased(folder: Path) -> tuple[Home, Ran, bytes]:
        home = copy_of(before, folder)
        shared = run_here(home.root, "share", "--out", str(folder / "public"), "--disclosure", "lt5")
        assert shared.code == 0, shared.err.decode()
        groups = outputs(home)[0].groups.read_bytes()
        return home, forget(home), groups

    home, ran, groups = build_once(tmp_path_factory, "forgotten", erased)
    return Forgotten(home, ran, old, before, groups)
