"""Runs a command as a user types it and measures all of its processes together. Linux only: it reads /proc.

Memory is the sum of the processes' proportional set sizes (PSS), so that a page which two of them share counts once. It
is sampled, so a peak shorter than the interval can be missed. Processor seconds are the kernel's account of the
command and of every process that it waited for, imports included.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fresh_process import CHECKOUT, environment

INTERVAL_SECONDS = 0.05
"""The least time between two samples."""
RESTS = 9
"""How many times as long as the last sample took nothing is sampled, so that a tenth of a core at most goes into it: a
sample of a large process takes tens of milliseconds, in which the process cannot map memory."""


@dataclass(frozen=True)
class Cost:
    """What a command cost: seconds, processor seconds, peak memory in MB (10^6 bytes), and how often it was sampled."""

    seconds: float
    processor_seconds: float
    peak_mb: float
    samples: int = 0


def cost_of(command: Sequence[object], variables: dict[str, str] | None = None) -> Cost:
    """Run the command and return what it cost.

    Raises RuntimeError with the end of its stderr if it fails, or if /proc does not tell which its children are.
    """
    if not list(Path("/proc/self/task").glob("*/children")):
        raise RuntimeError("This kernel does not list a process's children in /proc, so memory cannot be summed.")
    words = list(map(str, command))
    with tempfile.TemporaryFile() as said:
        begin = time.perf_counter()
        process = subprocess.Popen(
            words, cwd=CHECKOUT, stdout=subprocess.DEVNULL, stderr=said, env=environment() | (variables or {})
        )
        sampler = _Sampler(process.pid)
        sampler.start()
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        sampler.stop()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(f"{' '.join(words)} failed:\n{said.read().decode(errors='replace')[-2000:]}")
    return Cost(seconds, used.ru_utime + used.ru_stime, sampler.peak / 1e6, sampler.samples)


class _Sampler(threading.Thread):
    """Samples the memory of a process and its descendants until it is stopped."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak, self.samples, self._pid, self._ended = 0, 0, pid, threading.Event()

    def run(self) -> None:
        rest = INTERVAL_SECONDS
        while not self._ended.wait(rest):
            begin = time.perf_counter()
            self.peak = max(self.peak, sum(_memory(pid) for pid in _with_descendants(self._pid)))
            self.samples += 1
            rest = max(INTERVAL_SECONDS, RESTS * (time.perf_counter() - begin))

    def stop(self) -> None:
        """End the sampling and wait for its last sample."""
        self._ended.set()
        self.join()


def processor_seconds(pid: int) -> float:
    """Return the processor seconds of a process, its descendants, and those that they have waited for, so far."""
    return sum(map(_ticks, _with_descendants(pid))) / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> int:
    """Return user and system time of the process and of the children it has waited for, 0 if it has ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    return sum(map(int, text.rpartition(")")[2].split()[11:15]))


def _with_descendants(pid: int) -> list[int]:
    found = [pid]
    for parent in found:  # grows while it is read
        found += _children(parent)
    return found


def _children(pid: int) -> list[int]:
    try:
        lists = [task.read_text() for task in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:  # it has ended
        return []
    return [int(child) for names in lists for child in names.split()]


def _memory(pid: int) -> int:
    """Return the process's proportional set size in bytes, 0 if it has ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:"))
