"""Measures what a piece of work costs in this process: seconds, processor seconds, peak memory."""

from __future__ import annotations

import resource
import sys
import time

MAXRSS_PER_MB = 1 << 20 if sys.platform == "darwin" else 1 << 10
"""ru_maxrss is in bytes on macOS, in KiB elsewhere."""


class Meter:
    """Starts when it is created: earlier imports do not count, except for the memory they hold."""

    def __init__(self) -> None:
        self._begin = time.perf_counter()
        self._processor_begin = time.process_time()

    def read(self) -> dict[str, float]:
        """Return seconds, processor_seconds (all threads; steadier on a busy machine) and peak_mb so far."""
        return {
            "seconds": time.perf_counter() - self._begin,
            "processor_seconds": time.process_time() - self._processor_begin,
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MAXRSS_PER_MB,
        }
