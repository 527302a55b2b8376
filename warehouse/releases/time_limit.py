"""A time limit for the statements of a connection, and for taking their answer.

What belongs here: interrupting them. What does not: what is said of it (query_errors.py knows the limit's error).
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import duckdb

from warehouse.storage.errors import QueryFailed

AGAIN_SECONDS = 0.2
"""An interruption between two statements is lost, so it is sent until the block ends."""


@contextmanager
def time_limit(con: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[Callable[[], None]]:
    """Interrupt what `con` runs inside after so many seconds, as QueryFailed.

    What is given raises it, too: for what goes on outside DuckDB, such as printing an answer that is there.
    """
    over, passed = threading.Event(), threading.Event()
    too_long = QueryFailed(
        f"The query took longer than {seconds:g} s and was stopped.", "Narrow it, or allow more with --timeout."
    )

    def watch() -> None:
        if over.wait(seconds):
            return
        passed.set()
        con.interrupt()
        while not over.wait(AGAIN_SECONDS):
            con.interrupt()

    def check() -> None:
        if passed.is_set():
            raise too_long

    watcher = threading.Thread(target=watch, daemon=True, name="time limit")
    watcher.start()
    try:
        yield check
    except (duckdb.Error, QueryFailed, RuntimeError):
        if not passed.is_set():
            raise
        raise too_long from None
    finally:
        over.set()
        watcher.join()
