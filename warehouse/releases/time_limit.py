"""Limits the time that a connection's statements and reading their results take, and how far the process grows."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import duckdb

from warehouse.storage.errors import QueryFailed

AGAIN_SECONDS = 0.2
"""An interrupt that arrives between two statements is lost, so it is repeated until the block ends."""
LOOK_SECONDS = 0.05
"""How often memory is looked at: an answer grows by about a gigabyte in a second."""
OPTION = "Narrow it, or allow more time with --timeout."
STATM = "/proc/self/statm"
"""Where Linux says how many pages a process holds; elsewhere memory is not watched."""


@contextmanager
def time_limit(
    con: duckdb.DuckDBPyConnection, seconds: float, cure: str = OPTION, growth_bytes: float = float("inf")
) -> Iterator[Callable[[], None]]:
    """Interrupt what `con` runs in the block after `seconds`, or once the process has grown by `growth_bytes`; raise
    QueryFailed.

    DuckDB's memory limit does not count a result that is kept for Python; the growth does. Yields a function that
    raises QueryFailed once a limit is passed, for work outside DuckDB, such as printing a result.
    """
    over = threading.Event()
    passed: list[QueryFailed] = []

    def watch() -> None:
        if (why := _first_passed(over, seconds, cure, growth_bytes)) is None:
            return
        passed.append(why)
        con.interrupt()
        while not over.wait(AGAIN_SECONDS):
            con.interrupt()

    def check() -> None:
        if passed:
            raise passed[0]

    watcher = threading.Thread(target=watch, daemon=True, name="time limit")
    watcher.start()
    try:
        yield check
    except (duckdb.Error, QueryFailed, RuntimeError):
        if not passed:
            raise
        raise passed[0] from None
    finally:
        over.set()
        watcher.join()


def _first_passed(over: threading.Event, seconds: float, cure: str, growth_bytes: float) -> QueryFailed | None:
    """Wait until a limit is passed, and say which; None once the block is over."""
    too_long = QueryFailed(f"The query took longer than {seconds:g} s and was stopped.", cure)
    if growth_bytes == float("inf"):
        return None if over.wait(seconds) else too_long
    end, most = time.monotonic() + seconds, held_bytes() + growth_bytes
    while not over.wait(min(LOOK_SECONDS, max(0.0, end - time.monotonic()))):
        if time.monotonic() >= end:
            return too_long
        if held_bytes() > most:
            return QueryFailed(
                "The query's answer needs more memory than it is allowed, and was stopped.",
                "Read less at a time: filter or count first.",
            )
    return None


def held_bytes() -> int:
    """Return the memory that this process holds; 0 where the system does not say."""
    try:
        with open(STATM, encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
