"""Make what is expensive and only read once: in one of the tests' processes for all of them, or for later sessions too.

Tests that change it copy it.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import platform
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TypeVar

import pytest
from filelock import FileLock

from warehouse.storage.source_code import ROOMS

Made = TypeVar("Made")
CHECKOUT = Path(__file__).parents[1]
MAKERS = (*ROOMS, "orchestration", "synthetic", "tests")
"""Folders whose files decide what is made; tests themselves (test_*.py) make nothing that is kept."""


def build_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Made]) -> Made:
    """Return what `make(folder)` answered in whichever process of the session called it first; the others wait for it.

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


def copy_of_kept(config: pytest.Config, name: str, make: Callable[[Path], Made], target: Path) -> Made:
    """Copy what `make(folder)` left in its folder to `target`, which must not exist, and return what it answered.

    Kept below pytest's cache folder from session to session, as long as nothing changes that could change it: code,
    helpers of tests, installed packages, the day. The answer must be picklable and must not name the folder.
    """
    assert config.cache is not None, "build_once needs pytest's cache (not -p no:cacheprovider)"
    kept = config.cache.mkdir("made-once")
    folder = kept / f"{name}-{_state()}"
    answer = folder / "answer.pickle"
    with FileLock(kept / f"{name}.lock"):
        if not answer.exists():
            for old in kept.glob(f"{name}-*"):
                shutil.rmtree(old)
            (folder / "made").mkdir(parents=True)
            answer.write_bytes(pickle.dumps(make(folder / "made")))
        shutil.copytree(folder / "made", target, symlinks=True)
        return pickle.loads(answer.read_bytes())


@cache
def _state() -> str:
    """Hash of what may change a thing that is made: 16 digits."""
    digest = hashlib.sha256(f"{platform.platform()} {platform.python_version()}\n".encode())
    digest.update(f"{datetime.now(UTC).date()} {datetime.now().astimezone().date()}\n".encode())
    for installed in sorted(f"{found.name} {found.version}" for found in metadata.distributions()):
        digest.update(f"{installed}\n".encode())
    for folder in MAKERS:
        for path in sorted((CHECKOUT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith("test_"):
                digest.update(f"{path.relative_to(CHECKOUT).as_posix()}\n".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
