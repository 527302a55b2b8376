"""Provides the demonstration study, released once with everything and once lightly, to every test that only reads.

A test that changes a home works on a copy (`copy_of`) and refreshes it the way it was made: a light refresh of a home
with everything empties its analyses.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import duckdb
import pytest

from tests.build_once import build_once, copy_of_kept
from tests.orchestration.command import Ran, run_here
from tests.orchestration.light import Makes
from warehouse.releases.query import open_release
from warehouse.releases.release import Release, find_release
from warehouse.storage.home import Home

HOME = "<home>"
"""Replaces the home's folder in what is kept between sessions."""


@dataclass(frozen=True)
class Demonstration:
    """A home after `registry demo` and `registry refresh`, and the output of both."""

    home: Home
    demo: Ran
    refresh: Ran

    @property
    def release(self) -> Release:
        """The home's only release."""
        return find_release(self.home)

    @contextmanager
    def open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the release's registry.duckdb read-only."""
        with open_release(self.release) as con:
            yield con

    def rows(self, sql: str) -> list[tuple]:
        """Return the rows of a query on the release."""
        with self.open() as con:
            return con.execute(sql).fetchall()


def _commands(folder: Path, makes: Makes) -> tuple[Ran, Ran]:
    root = folder / "home"
    demo = run_here(root, "demo")
    assert demo.code == 0, demo.err.decode()
    refresh = run_here(root, "refresh", makes=makes)
    assert refresh.code == 0, refresh.err.decode()
    return demo, _with_words(refresh, str(root), HOME)


def _with_words(ran: Ran, old: str, new: str) -> Ran:
    return replace(ran, out=ran.out.replace(old.encode(), new.encode()))


def demonstration_study(
    factory: pytest.TempPathFactory, config: pytest.Config, name: str, makes: Makes
) -> Demonstration:
    """Return the session's copy of the released study, kept as `name` (fixtures of tests/conftest.py)."""

    def copied(folder: Path) -> Demonstration:
        demo, refresh = copy_of_kept(config, name, partial(_commands, makes=makes), folder / "study")
        root = folder / "study" / "home"
        return Demonstration(Home(root), demo, _with_words(refresh, HOME, str(root)))

    return build_once(factory, name, copied)


def copy_of(demonstration: Demonstration, folder: Path) -> Home:
    """Copy the home into `folder`, for a test that changes it.

    SQLite's log files are left out: they come and go while a test in another process reads Dagster's history, and are
    empty, since nobody writes to the home.
    """
    root = folder / "home"
    shutil.copytree(demonstration.home.root, root, symlinks=True, ignore=shutil.ignore_patterns("*.db-wal", "*.db-shm"))
    return Home(root)
