"""Dagster's history stays open while a run writes to it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from assets.kept_history import history_kept_open
from warehouse.storage.home import Home

RUN = "0f9a"


def home_with_history(folder: Path) -> Home:
    """Return a home with the three files, in the mode in which Dagster keeps them; the run's file holds a table."""
    home = Home(folder / "home").create()
    runs = home.dagster / "history" / "runs"
    runs.mkdir(parents=True)
    for file in (runs.parent / "runs.db", runs / "index.db", runs / f"{RUN}.db"):
        with closing(sqlite3.connect(file)) as con:
            con.execute("PRAGMA journal_mode=WAL")
            con.execute("CREATE TABLE event (n INTEGER)")
            con.commit()
    return home


def write(file: Path) -> None:
    """Add a row, as Dagster adds an event: with a connection of its own."""
    with closing(sqlite3.connect(file)) as con:
        con.execute("INSERT INTO event VALUES (1)")
        con.commit()


def test_closing_after_an_event_waits_for_nothing(tmp_path: Path) -> None:
    """During the block a file's log outlives the connection that wrote to it; afterwards nothing is left of it."""
    home = home_with_history(tmp_path)
    runs = home.dagster / "history" / "runs"
    files = (runs.parent / "runs.db", runs / "index.db", runs / f"{RUN}.db")
    logs = [file.with_name(f"{file.name}-wal") for file in files]
    with history_kept_open(home, RUN):
        for file in files:
            write(file)
        assert all(log.stat().st_size for log in logs)
    assert not any(log.exists() for log in logs)
    for file in files:
        with closing(sqlite3.connect(file)) as con:
            assert con.execute("SELECT count(*) FROM event").fetchone() == (1,)


def test_missing_and_damaged_files_are_left_to_dagster(tmp_path: Path) -> None:
    """A file that is missing is not created, and one that is no database raises nothing and keeps its bytes."""
    home = home_with_history(tmp_path)
    runs = home.dagster / "history" / "runs"
    (runs / f"{RUN}.db").unlink()
    (runs / "index.db").write_bytes(b"damaged" * 1000)
    with history_kept_open(home, RUN):
        write(runs.parent / "runs.db")
    assert not (runs / f"{RUN}.db").exists()
    assert (runs / "index.db").read_bytes() == b"damaged" * 1000
