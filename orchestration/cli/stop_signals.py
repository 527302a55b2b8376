"""Stopping a command: by Ctrl-C, or by SIGTERM, which then leaves nothing behind either.

What belongs here: telling a stop from a failure. What does not: what a refresh does then (assets/privacy.py).
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

EXIT_STOPPED = 130
STOPPED = "Stopped before it was done. Run the command again when you want its answer."


@contextmanager
def ends_cleanly() -> Iterator[None]:
    """Inside, SIGTERM ends the command as Ctrl-C does, so that its temporary folder goes with it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def is_stopped(error: BaseException) -> bool:
    """Whether Ctrl-C is behind the failure."""
    from warehouse.storage.faults import (
        is_interruption,
    )  # it imports DuckDB, which most commands need, but --help does not

    return is_interruption(error)
