"""Ends what takes too long in Python: a suite's regular expression may never end on some cell.

Such an expression runs in C and lets no other thread in, but it looks for signals; so the limit is an alarm. Signals
reach the main thread alone, where refreshes and commands judge.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

AGAIN_SECONDS = 0.5
"""An alarm that something swallowed is repeated until the block ends."""


class TookTooLong(BaseException):
    """The block was ended. No Exception, since Great Expectations takes each of those for a result."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TookTooLong in the block after `seconds`. In another than the main thread there is no limit."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    is_over = False

    def stop(*_: object) -> None:
        if not is_over:
            raise TookTooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_SECONDS)
    try:
        try:
            yield
        finally:
            is_over = True
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before or signal.SIG_DFL)
