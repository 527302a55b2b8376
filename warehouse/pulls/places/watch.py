"""Ends a connection whose server is silent for too long, where a library waits for as long as it takes."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LOOKS = 4
"""Looks at the clock while a server may be silent."""


class Watch:
    """Calls `end` once if, while it is on, nothing was heard for `seconds`; `is_over` then stays true."""

    def __init__(self, seconds: float, end: Callable[[], None]):
        self.seconds, self._end = seconds, end
        self._heard: float | None = None
        self._stopped = threading.Event()
        self.is_over = False
        threading.Thread(target=self._look, name="watch", daemon=True).start()

    @contextmanager
    def on(self) -> Iterator[None]:
        """Watch what happens within."""
        self.heard()
        try:
            yield
        finally:
            self._heard = None

    def heard(self) -> None:
        """Note that the server has answered."""
        self._heard = time.monotonic()

    def stop(self) -> None:
        """Watch no longer."""
        self._stopped.set()

    def _look(self) -> None:
        while not self._stopped.wait(self.seconds / LOOKS):
            heard = self._heard
            if heard is not None and time.monotonic() - heard > self.seconds:
                self.is_over = True
                self._end()
                return
