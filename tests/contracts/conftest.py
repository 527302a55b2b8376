"""Fixtures of the tests of contracts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.odcs_metrics_speed import install
from tests.warehouse.kit import Kit, new_kit


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    """A registry's home of this test's own."""
    with new_kit(tmp_path / "home") as made:
        yield made


Datacontract = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def datacontract(tmp_path_factory: pytest.TempPathFactory) -> Datacontract:
    """datacontract-cli in an environment of its own: runs it in a folder and returns how it ended."""
    python = install(tmp_path_factory.mktemp("datacontract"))

    def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        command = [str(python.parent / "datacontract"), *words]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)

    assert run(Path(sys.prefix), "--version").returncode == 0
    return run
