"""What is expensive to make and is only read: made by one of the tests' processes, and found by the others.

What belongs here: making a thing once per test session. What does not: what is made. Tests that change it copy it.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from filelock import FileLock

Made = TypeVar("Made")


def build_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Made]) -> Made:
    """What `make(folder)` answered, in whichever process of the session called it first; the others wait for it.

    `folder` is new, the session's own and stays until its end. The answer must be picklable. Where `make` fails, each
    process fails with what it raised in its own attempt.
    """
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # of the folders of all workers
    answer = shared / f"{name}.pickle"
    with FileLock(shared / f"{name}.lock"):
        if not answer.exists():
            made = make(factory.mktemp(name))
            answer.write_bytes(pickle.dumps(made))
            return made
        return pickle.loads(answer.read_bytes())
