"""`dg`, Dagster's newer command line, loads the same definitions as workspace.yaml and launches them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.orchestration.command import CHECKOUT, run_apart

LIMIT_SECONDS = 300


def dg_command(home: Path, *words: str) -> subprocess.CompletedProcess:
    """Run `dg WORDS` in the checkout for the home, without any settings of the user who runs the tests."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("REGISTRY_", "DAGSTER_", "DG_"))}
    folders = {"REGISTRY_HOME": str(home), "DAGSTER_HOME": str(home / "dagster"), "HOME": str(home)}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
    return subprocess.run(
        [str(Path(sys.executable).parent / "dg"), *words],
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
        env=kept | folders | {"PATH": path, "DAGSTER_DISABLE_TELEMETRY": "yes"},
        timeout=LIMIT_SECONDS,
        check=False,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small home, refreshed once so that it has its dagster.yaml."""
    root = tmp_path_factory.mktemp("dg") / "home"
    assert run_apart(root, "demo", "--patients", "30").code == 0
    assert run_apart(root, "refresh").code == 0
    return root


@pytest.mark.daemon
def test_dg_lists_the_same_definitions(home: Path) -> None:
    """`dg list defs` names every asset and job of the code location."""
    from orchestration.definitions import build_definitions

    listed = dg_command(home, "list", "defs", "--json")
    assert listed.returncode == 0, listed.stderr
    found = json.loads(listed.stdout)
    definitions = build_definitions(home)
    keys = {key.to_user_string() for key in definitions.resolve_asset_graph().get_all_asset_keys()}
    assert {asset["asset_key"] for asset in found["assets"]} == keys
    assert {job["name"] for job in found["jobs"]} >= {"nightly", "rebuild_clean", "full_rebuild"}


@pytest.mark.daemon
def test_dg_checks_and_launches(home: Path) -> None:
    """`dg check defs` finds no fault, and `dg launch` runs a job successfully."""
    checked = dg_command(home, "check", "defs")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    launched = dg_command(home, "launch", "--job", "rebuild_analyses")
    assert launched.returncode == 0, launched.stdout[-2000:] + launched.stderr[-2000:]
    assert "RUN_SUCCESS" in launched.stdout + launched.stderr
