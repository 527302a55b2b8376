"""With Dagster's daemon, which runs one run at a time: the run that asks for shards does not starve them."""

from __future__ import annotations

import signal
from pathlib import Path

import dagster as dg
import pytest
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG

from assets.shards.shard_asset import JOB, PATIENTS
from orchestration.automation.jobs import DELIVERIES
from orchestration.instance import dagster_instance
from tests.orchestration.command import run_here
from tests.scale.conftest import Deployment, opened_from
from tests.scale.services import BIN, Service, wait_until

pytestmark = pytest.mark.scale
SHARDS = 4
WITHIN_SECONDS = 900


def test_a_delivery(deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The daemon takes what was delivered, in a run beside the code location; workers make its shards meanwhile."""
    home = deployment.home(tmp_path / "home", f'shards = {SHARDS}\nshard_workers = "dagster"\n')
    assert run_here(home.root, "demo", "--patients", "60", "--sites", "2").code == 0
    environment = deployment.environment | {
        "REGISTRY_HOME": str(home.root),
        "DAGSTER_HOME": str(home.dagster),
        "REGISTRY_QUIET_SECONDS": "1",
        "REGISTRY_WATCH_SECONDS": "5",
    }
    command = [str(BIN / "dagster-daemon"), "run", "--workspace", "workspace.yaml"]
    daemon = Service(command, tmp_path / "daemon.log", environment)
    opened_from(deployment, monkeypatch)
    daemon.start()
    try:
        with dagster_instance(home) as instance:

            def delivered() -> dg.DagsterRun | None:
                asked = instance.get_runs(dg.RunsFilter(job_name=DELIVERIES))
                return next((run for run in asked if run.is_finished and run.tags.get("registry/by")), None)

            wait_until(delivered, f"a delivery is taken: {daemon.log}", WITHIN_SECONDS)
            run = delivered()
            assert run is not None and run.is_success, run
            assert DAGSTER_CELERY_TASK_ID_TAG not in run.tags
            order = str(home.warehouse)
            shards = [one for one in instance.get_runs(dg.RunsFilter(job_name=JOB)) if order in str(one.run_config)]
            assert len(shards) >= SHARDS and all(DAGSTER_CELERY_TASK_ID_TAG in one.tags for one in shards)
            assert sum(one.is_success for one in shards) >= SHARDS
            assert instance.get_latest_materialization_event(PATIENTS) is not None
    finally:
        daemon.kill(signal.SIGKILL)
