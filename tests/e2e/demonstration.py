"""The demonstration study, released once per test session, for every test that only reads.

What belongs here: the home and the words that its commands wrote. What does not: tests. A test that changes a home
works on a copy (`copy_of`).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from tests.build_once import build_once
from tests.orchestration.command import Ran, run_here
from warehouse.releases.query import open_release
from warehouse.releases.release import Release, find_release
from warehouse.storage.home import Home


@dataclass(frozen=True)
class Demonstration:
    """A home after `registry demo` and `registry refresh`, and what the two wrote."""

    home: Home
    demo: Ran
    refresh: Ran

    @property
    def release(self) -> Release:
        """The one release."""
        return find_release(self.home)

    @contextmanager
    def open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Its registry.duckdb, read-only."""
        with open_release(self.release) as con:
            yield con

    def rows(self, sql: str) -> list[tuple]:
        """The rows of a query on the release."""
        with self.open() as con:
            return con.execute(sql).fetchall()


def _released(folder: Path) -> Demonstration:
    root = folder / "home"
    demo = run_here(root, "demo")
    assert demo.code == 0, demo.err.decode()
    refresh = run_here(root, "refresh", has_second_process=True)
    assert refresh.code == 0, refresh.err.decode()
    return Demonstration(Home(root), demo, refresh)


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Demonstration:
    """The released demonstration study; made once, whichever tests ask first."""
    return build_once(tmp_path_factory, "demonstration", _released)


def copy_of(demonstration: Demonstration, folder: Path) -> Home:
    """A copy of the home, below `folder`, that a test may change."""
    root = folder / "home"
    shutil.copytree(demonstration.home.root, root, symlinks=True)
    return Home(root)
