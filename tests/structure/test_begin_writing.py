"""Tests that every write begins in workflows/begin_writing.py."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.structure.checkout import ROOMS, files, name_of, tree_of

BEGINS = "workflows/begin_writing.py"
STEPS = {
    "refresh_lock": {
        BEGINS,
        "warehouse/storage/lock.py",
        "warehouse/storage/connection.py",  # reads the build database for a query sheet
        "warehouse/refresh/pending_work.py",  # reads what waits in it, for the status
        "orchestration/automation/waiting_sensor.py",  # reads the same, for the sensor
        "orchestration/automation/sensors.py",  # asks whether the lock is free
        "orchestration/cli/ui.py",  # changes Dagster's history alone
        "orchestration/cli/prune.py",  # only removes, so that it works on a full disk
        "orchestration/cli/migrate.py",  # brings releases from a lake into a home that may be none yet
    },
    "is_held_here": {BEGINS, "warehouse/storage/lock.py"},
    "recover": {BEGINS, "warehouse/refresh/recovery.py"},
    "finish_erasure": {BEGINS, "workflows/erasure_steps.py"},
}
"""What a write begins with -> the modules that may name it: where it is, and who writes no table."""

MODULES = ("lock", "recovery", "erasure_steps")
"""Where they are; a module may be imported as one."""


@pytest.mark.parametrize("step", STEPS)
def test_nobody_begins_by_hand(step: str) -> None:
    """A module that changes tables calls `writing`, which takes all steps in their order; none takes one by itself."""
    named = {name_of(path) for room in ROOMS for path in files(".py", below=room) if step in _named(path)}
    assert named == STEPS[step]


@cache
def _named(path: Path) -> set[str]:
    """Functions that the module defines, imports, or names as one of MODULES."""
    names = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in MODULES:
            names.add(node.attr)
    return names
