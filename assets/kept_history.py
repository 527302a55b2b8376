"""Keeps the SQLite files of Dagster's history open while a run writes to them.

Dagster opens and closes a file several times for each event. Whenever the last connection to a file is closed, SQLite
copies its log back into it and waits for the disk, which took more time than writing the events.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

from warehouse.storage.home import Home


@contextmanager
def history_kept_open(home: Home, run_id: str) -> Iterator[None]:
    """Hold a connection to each SQLite file that the run's events go to, as far as it exists, during the block."""
    history = home.dagster / "history"
    with ExitStack() as kept:
        for file in (history / "runs.db", history / "runs" / "index.db", history / "runs" / f"{run_id}.db"):
            if file.is_file():
                _hold(kept, f"{file.as_uri()}?mode=rw")
        yield


def _hold(kept: ExitStack, address: str) -> None:
    """Connect, and read once, because SQLite opens a file only then. A damaged file is left to Dagster to report."""
    try:
        held = kept.enter_context(closing(sqlite3.connect(address, uri=True, check_same_thread=False)))
        held.execute("PRAGMA schema_version").fetchone()
    except sqlite3.Error:
        return
