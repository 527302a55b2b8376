"""Tests that a file which crashes its reader while it gets pseudonyms stops no other file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pseudonyms.test_names_of_columns import workbook
from tests.warehouse.kit import SITE, Kit, csv_of, row_of
from warehouse.pseudonyms import apart
from warehouse.storage import own_process
from warehouse.storage.home import Home

DIES = """
import os, sys
from pathlib import Path
from warehouse.archive.archive import Archive
from warehouse.intake import landing
from warehouse.pseudonyms import apart
from warehouse.storage.home import Home
apart.veiled = lambda *_: os._exit(9)
home = Home(Path(sys.argv[1]))
landing.land(home, Archive(home))
"""
"""Lands the files of a home, and dies as a reader that crashes does."""


def die(*_: object) -> None:
    """What a test has a reader do in this process, where nothing may be read any more."""
    raise AssertionError("read in the refresh's own process")


@pytest.mark.long
def test_workbooks_are_read_apart(keyed: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """They give rows; if that process fails, the file is rejected by name, and other sites' files are loaded."""
    keyed.deliver("south", "rfa_sessions", "2024-06-30.csv", csv_of([row_of("rfa_sessions")]))
    keyed.deliver(SITE, "rfa_sessions", "2024-06-30.xlsx", workbook("Sheet"))
    keyed.refresh()
    assert keyed.value("SELECT count(*) FROM raw.rfa_sessions WHERE patient_id LIKE 'P-%'") == 2
    keyed.deliver(SITE, "rfa_sessions", "2024-07-30.xlsx", workbook("Sheet 2"))
    keyed.deliver("south", "rfa_sessions", "2024-07-30.csv", csv_of([row_of("rfa_sessions", patient_id="P2")]))
    with monkeypatch.context() as failing:
        failing.setattr(apart, "asked", _fails)
        keyed.refresh()
    load = keyed.load("2024-07-30.xlsx")
    assert load["status"] == "rejected" and "even in its own process: it never ends" in load["reason"]
    assert keyed.load("2024-07-30.csv", "south")["status"] == "accepted"


@pytest.mark.long
def test_what_crashed_the_last_refresh_is_read_apart(keyed: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """A note is left; the next refresh reads the file in a process of its own, once."""
    keyed.deliver(SITE, "rfa_sessions", "2024-06-30.csv", csv_of([row_of("rfa_sessions")]))
    keyed.con.close()
    home = keyed.home
    _land_and_die(home)
    assert len(list(home.warehouse.glob(f"{apart.NOTE}*"))) == 1
    with monkeypatch.context() as crashing:
        crashing.setattr(apart, "veiled", die)
        assert keyed.land() == []
    assert list(home.warehouse.glob(f"{apart.NOTE}*")) == []
    keyed.deliver(SITE, "rfa_sessions", "2024-07-30.csv", csv_of([row_of("rfa_sessions")]))
    monkeypatch.setattr(apart, "asked", _fails)
    assert keyed.land() == []


def _land_and_die(home: Home) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DIES, str(home.root)], check=False, cwd=Path(own_process.CHECKOUT), env=os.environ
    )
    assert done.returncode == 9


def _fails(*_: object) -> None:
    raise own_process.NotRead("it never ends")
