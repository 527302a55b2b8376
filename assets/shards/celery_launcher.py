"""Starts shards on Celery workers, and every other run where Dagster does by default: beside the code location.

dagster.yaml names it (docs/scale.md). dagster-celery sends the task and runs it. Its own launcher would send every run
to workers, which have no home; and it takes a worker for alive as long as the last noted state of its task is STARTED,
which it is for ever once the worker was killed.
"""

import warnings
from collections.abc import Mapping
from typing import Any

import dagster as dg
from celery.exceptions import DuplicateTaskNameWarning
from dagster import StringSource
from dagster._core.launcher import CheckRunHealthResult, LaunchRunContext, WorkerStatus
from dagster._serdes import ConfigurableClassData
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG

from assets.shards.celery_workers import QUEUE, SETTINGS, Workers
from assets.shards.shard_asset import JOB


class ShardsOnCelery(dg.DefaultRunLauncher):
    """The run launcher of a registry whose shards are made by Celery workers. Config: `broker`, e.g. redis://host/0."""

    def __init__(self, broker: str, inst_data: ConfigurableClassData | None = None):
        super().__init__(inst_data)
        self._celery = CeleryRunLauncher(default_queue=QUEUE, broker=broker, config_source=SETTINGS)
        self._workers = Workers(self._celery.celery)

    @classmethod
    def config_type(cls) -> dict:
        """What dagster.yaml may say."""
        return {"broker": StringSource}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]) -> "ShardsOnCelery":
        """Return the launcher that dagster.yaml describes."""
        return cls(config_value["broker"], inst_data)

    def register_instance(self, instance: dg.DagsterInstance) -> None:
        """Tell both launchers whose they are."""
        super().register_instance(instance)
        self._celery.register_instance(instance)

    def launch_run(self, context: LaunchRunContext) -> None:
        """Start a run."""
        if context.dagster_run.job_name != JOB:
            super().launch_run(context)
            return
        with warnings.catch_warnings():  # dagster-celery declares its task at every launch
            warnings.simplefilter("ignore", DuplicateTaskNameWarning)
            self._celery.launch_run(context)

    def terminate(self, run_id: str) -> bool:
        """Stop a run."""
        run = self._instance.get_run_by_id(run_id)
        is_shard = run is not None and run.job_name == JOB
        return self._celery.terminate(run_id) if is_shard else super().terminate(run_id)

    @property
    def supports_check_run_worker_health(self) -> bool:
        """True, because of shards."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Return NOT_FOUND for a shard that no worker has; all other runs count as running, as by default."""
        waits = run.status in (dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING)
        task = run.tags.get(DAGSTER_CELERY_TASK_ID_TAG, "")
        if run.job_name == JOB and self._workers.have_lost(task or run.run_id, may_wait=waits):
            return CheckRunHealthResult(WorkerStatus.NOT_FOUND, "no worker has it in hand any more.")
        return CheckRunHealthResult(WorkerStatus.RUNNING)
