"""Tests that the cost of a command is that of all its processes."""

import os
import subprocess
import sys

import pytest

from benchmarks.process_tree import cost_of, processor_seconds

CHILD = (
    "x = bytearray(b'x' * 60_000_000); import time; e = time.process_time() + 0.5\nwhile time.process_time() < e: pass"
)
PARENT = f"import subprocess, sys; x = bytearray(b'x' * 60_000_000); subprocess.run([sys.executable, '-c', {CHILD!r}])"


@pytest.mark.long
def test_memory_and_processor_seconds_of_a_child_count() -> None:
    """A parent and a child that hold 60 MB each peak above 120 MB, and the child's work counts."""
    cost = cost_of([sys.executable, "-c", PARENT])
    assert cost.peak_mb > 120
    assert 0.5 < cost.processor_seconds <= cost.seconds * 4


@pytest.mark.long
def test_processor_seconds_of_a_child_that_has_ended_count() -> None:
    """A child's work counts for this process as soon as it has been waited for."""
    before = processor_seconds(os.getpid())
    subprocess.run([sys.executable, "-c", CHILD], check=True)
    assert processor_seconds(os.getpid()) - before > 0.4


def test_a_command_that_fails_is_an_error() -> None:
    """Its costs are not returned; the error ends with what it said."""
    with pytest.raises(RuntimeError, match="no such study"):
        cost_of([sys.executable, "-c", "raise SystemExit('no such study')"])
