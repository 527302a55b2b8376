"""The Dagster instance that the product makes below the registry's home.

What belongs here: dagster.yaml and opening the instance. Telemetry is off; steps run in one process, since the
build database has one writer.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from warehouse.storage.connection import private_files
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.home import Home

DAGSTER_YAML = """\
# Made by `registry`; edit freely, it is not overwritten.
telemetry:
  enabled: false
run_coordinator:
  module: dagster.core.run_coordinator
  class: QueuedRunCoordinator
concurrency: # the build database has one writer
  runs:
    max_concurrent_runs: 1
  pools:
    granularity: run
    default_limit: 1
run_retries: # a run whose process died, or that waited in vain, begins again; one whose step failed does not
  enabled: true
  max_retries: 2
  retry_on_asset_or_op_failure: false
run_monitoring:
  enabled: true
  start_timeout_seconds: 300
freshness:
  enabled: true
compute_logs: # what a library prints could quote a cell, so nothing printed is kept
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
retention:
  schedule:
    purge_after_days: 90
  sensor:
    purge_after_days:
      skipped: 3
      failure: 30
      success: 90
  auto_materialize:
    purge_after_days:
      skipped: 3
      failure: 30
      success: 90
"""

EVENTS_PER_TRANSACTION = "500"
"""At most this many of the events that announce a run's assets and checks are stored in one transaction."""
OLD_STORAGE = re.compile(
    r"^storage:\n[ ]+custom:\n[ ]+module: orchestration\.event_storage\n(?:[ ]+.*\n)*", re.MULTILINE
)
"""What homes made before this version say of their storage. Its files are those of Dagster's own storage."""


def prepare(home: Home) -> None:
    """Make DAGSTER_HOME with its configuration, and point this process to it."""
    home.create()
    file = home.dagster / "dagster.yaml"
    if not file.exists():
        with private_files():
            file.write_text(DAGSTER_YAML, encoding="utf-8")
            _skip_newsletter_dialog(home)
    renew_storage(home)
    os.environ["DAGSTER_HOME"] = str(home.dagster)
    os.environ["REGISTRY_HOME"] = str(home.root)
    os.environ["DAGSTER_EVENT_BATCH_SIZE"] = EVENTS_PER_TRANSACTION


def renew_storage(home: Home) -> str | None:
    """Take the storage of earlier versions out of dagster.yaml, and return a sentence that says so, or None."""
    file = home.dagster / "dagster.yaml"
    if not file.exists():
        return None
    text = file.read_text(encoding="utf-8")
    renewed = OLD_STORAGE.sub("", text)
    if renewed == text:
        return None
    atomic_write(file, renewed.encode())
    return (
        "dagster.yaml named a storage that this version no longer has; Dagster's own reads the same files from now on."
    )


def _skip_newsletter_dialog(home: Home) -> None:
    """Dagster asks a new instance's first visitor to sign up; a file of this name says that it has asked."""
    seen = home.dagster / ".nux" / "nux.yaml"
    seen.parent.mkdir(exist_ok=True)
    seen.write_text("seen: 1\n", encoding="utf-8")


@contextmanager
def dagster_instance(home: Home) -> Iterator:
    """The instance of this home."""
    import dagster as dg

    prepare(home)
    with private_files(), dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        yield instance
