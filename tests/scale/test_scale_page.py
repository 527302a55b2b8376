"""docs/scale.md, typed as it says: from the extras to a refresh whose shards three workers made."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.orchestration.command import CHECKOUT
from tests.scale.conftest import Deployment, dagster_yaml
from tests.scale.services import BIN

pytestmark = pytest.mark.scale
HEADING, NEXT = "## Three workers on one machine", "### On several machines"


def blocks() -> list[tuple[str, str]]:
    """What stands behind each fence of the section, and the text inside."""
    page = (CHECKOUT / "docs" / "scale.md").read_text(encoding="utf-8")
    section = page.split(HEADING)[1].split(NEXT)[0]
    parts = section.split("```")[1::2]
    return [(part.partition("\n")[0], part.partition("\n")[2]) for part in parts]


def test_as_typed(deployment: Deployment, tmp_path: Path) -> None:
    """The section's commands give a release whose shards the workers made. Folder and addresses are those of the test,
    and the workers that it starts listen to another number of the test's broker.
    """
    home = tmp_path / "home"
    typed = []
    for fence, text in blocks():
        if fence == "bash":
            typed.append(text)
        elif fence == "yaml dagster.yaml":
            typed.append(f"cat >$DAGSTER_HOME/dagster.yaml <<'END'\n{dagster_yaml()}END\n")
    script = f"cd {tmp_path}\n" + "".join(typed) + "registry status\ncelery --app assets.shards.worker status\n"
    for on_page, here in (
        ("/srv/registry-home", str(home)),
        ("postgresql+psycopg2://dagster@localhost/dagster", deployment.postgres.address),
        ("redis://localhost:6379/0", deployment.redis.address.replace("/0", "/1")),
    ):
        assert on_page in script
        script = script.replace(on_page, here)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("REGISTRY_", "DAGSTER_"))}
    environment = kept | {"PATH": f"{BIN}:{os.environ['PATH']}", "PYTHONPATH": str(CHECKOUT)}
    script = f"set -euo pipefail\ntrap 'kill $(jobs -p); wait' EXIT\n{script}"
    ran = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=1800)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Released " in ran.stdout and "3 nodes online" in ran.stdout
    assert "shards: " in ran.stderr
    logs = [(tmp_path / f"{name}.log").read_text(encoding="utf-8") for name in ("one", "two", "three")]
    assert sum(log.count("succeeded in") for log in logs) == 16
