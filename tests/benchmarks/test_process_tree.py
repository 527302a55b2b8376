"""Tests that the cost of a command is that of all its processes."""

import sys

import pytest

from benchmarks.process_tree import cost_of

CHILD = (
    "x = bytearray(b'x' * 60_000_000); import time; e = time.process_time() + 0.5\nwhile time.process_time() < e: pass"
)
PARENT = f"import subprocess, sys; x = bytearray(b'x' * 60_000_000); subprocess.run([sys.executable, '-c', {CHILD!r}])"


def test_memory_and_processor_seconds_of_a_child_count() -> None:
    """A parent and a child that hold 60 MB each peak above 120 MB, and the child's work counts."""
    cost = cost_of([sys.executable, "-c", PARENT])
    assert cost.peak_mb > 120
    assert 0.5 < cost.processor_seconds <= cost.seconds * 4


def test_a_command_that_fails_is_an_error() -> None:
    """Its costs are not returned; the error ends with what it said."""
    with pytest.raises(RuntimeError, match="no such study"):
        cost_of([sys.executable, "-c", "raise SystemExit('no such study')"])
