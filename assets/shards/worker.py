"""The Celery application of a worker: `celery --app assets.shards.worker worker --concurrency 1`.

REGISTRY_BROKER names the broker; dagster.yaml in DAGSTER_HOME names the storage, the same as where the refresh runs.
"""

import os
from pathlib import Path

from dagster_celery.make_app import make_app
from dagster_celery.tasks import create_execute_job_task

from assets.shards.celery_workers import SETTINGS

BROKER = "REGISTRY_BROKER"


def broker() -> str:
    """Return the broker's address. Ends the process in one line if the environment lacks what a worker needs."""
    address, folder = os.environ.get(BROKER, ""), os.environ.get("DAGSTER_HOME", "")
    if not address:
        raise SystemExit(f"registry: {BROKER} is not set. Set it like redis://broker.hospital.example:6379/0.")
    if not folder or not (Path(folder) / "dagster.yaml").is_file():
        raise SystemExit(
            "registry: DAGSTER_HOME names no folder with a dagster.yaml. Copy the one of the registry's home there."
        )
    return address


app = make_app({"broker": broker(), "config_source": SETTINGS})
execute_job = create_execute_job_task(app)
