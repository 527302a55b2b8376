"""Limits the time that a connection's statements, and reading their results, may take."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import duckdb

from warehouse.storage.errors import QueryFailed

AGAIN_SECONDS = 0.2
"""An interrupt that arrives between two statements is lost, so it is repeated until the block ends."""


@contextmanager
def time_limit(con: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[Callable[[], None]]:
    """Interrupt what `con` runs in the block after `seconds`, and raise QueryFailed.

    Yields a function that raises QueryFailed once the time is up, for work outside DuckDB, such as printing a result.
    """
    over, passed = threading.Event(), threading.Event()
    too_long = QueryFailed(
        f"The query took longer than {seconds:g} s and was stopped.", "Narrow it, or allow more time with --timeout."
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
