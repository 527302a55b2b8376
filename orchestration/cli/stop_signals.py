"""Let Ctrl-C and SIGTERM stop a command cleanly, and tell a stop from a failure."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

EXIT_STOPPED = 130
STOPPED = "Stopped before it was done. Run the command again to get its result."


@contextmanager
def ends_cleanly() -> Iterator[None]:
    """Have SIGTERM end the command as Ctrl-C does, so that its temporary folder is removed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def is_stopped(error: BaseException) -> bool:
    """Return whether Ctrl-C caused the failure."""
    from warehouse.storage.faults import (
        is_interruption,
    )  # imports DuckDB, which --help does not need

    return is_interruption(error)
