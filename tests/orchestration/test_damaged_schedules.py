"""`registry status` if Dagster's own files are damaged."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orchestration.automation import nightly_check
from orchestration.cli.home_problems import problems_of_home
from orchestration.instance import dagster_instance
from warehouse.storage.home import Home


@pytest.mark.long
@pytest.mark.parametrize("name", ["history/runs.db", "history/runs/index.db", "schedules/schedules.db"])
def test_a_damaged_history_is_a_sentence_and_no_failure(tmp_path: Path, name: str) -> None:
    """status names the cure for a damaged history and prints everything else as usual."""
    home = Home(tmp_path / "home").create()
    with dagster_instance(home) as instance:
        nightly_check.is_stopped(instance)
    path = home.dagster / name
    assert path.exists() and problems_of_home(home) == []
    shutil.rmtree(path) if path.is_dir() else path.write_bytes(b"\x5a" * 8192)
    assert problems_of_home(home) in ([], [nightly_check.DAMAGED])
    if name.startswith("schedules"):
        assert problems_of_home(home) == [nightly_check.DAMAGED]
