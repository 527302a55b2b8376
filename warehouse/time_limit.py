"""A time limit for the statements of a connection.

What belongs here: interrupting them. What does not: what is said of it (query_errors.py knows the limit's error).
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from warehouse.errors import QueryFailed

AGAIN_SECONDS = 0.2
"""An interruption between two statements is lost, so it is sent until the block ends."""


@contextmanager
def time_limit(con: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """Interrupt what `con` runs inside after so many seconds, as QueryFailed."""
    over, passed = threading.Event(), threading.Event()

    def watch() -> None:
        if over.wait(seconds):
            return
        passed.set()
        con.interrupt()
        while not over.wait(AGAIN_SECONDS):
            con.interrupt()

    watcher = threading.Thread(target=watch, daemon=True, name="time limit")
    watcher.start()
    try:
        yield
    except (duckdb.Error, QueryFailed, RuntimeError):
        if not passed.is_set():
            raise
        raise QueryFailed(
            f"The query took longer than {seconds:g} s and was stopped.", "Narrow it, or allow more with --timeout."
        ) from None
    finally:
        over.set()
        watcher.join()
