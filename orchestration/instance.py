"""Configure and open the Dagster instance in the registry's home.

Telemetry is off. Steps run in one process, because the build database has one writer.
"""

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from warehouse.storage.connection import private_files
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.home import Home
from warehouse.storage.lock import file_lock

DAGSTER_YAML = """\
# Written by `registry`; edit it freely, it is never overwritten.
telemetry:
  enabled: false
run_coordinator:
  module: dagster.core.run_coordinator
  class: QueuedRunCoordinator
  config:
    dequeue_interval_seconds: 1
concurrency: # the build database has one writer
  runs:
    max_concurrent_runs: 1
  pools:
    granularity: run
    default_limit: 1
run_retries: # a run whose process died or that timed out waiting is retried; a run with a failed step is not
  enabled: true
  max_retries: 2
  retry_on_asset_or_op_failure: false
run_monitoring:
  enabled: true
  start_timeout_seconds: 300
freshness:
  enabled: true
compute_logs: # a library's output could quote a cell, so no output is kept
  module: dagster._core.storage.noop_compute_log_manager
  class: NoOpComputeLogManager
retention:
  schedule:
    purge_after_days: 90
  sensor:
    purge_after_days:
      skipped: 1
      failure: 30
      success: 90
  auto_materialize:
    purge_after_days:
      skipped: 1
      failure: 30
      success: 90
"""

EVENTS_PER_TRANSACTION = "500"
"""At most this many of the events that announce a run's assets and checks are written in one transaction, if Dagster
stores them in PostgreSQL; in SQLite each has its own."""
OLD_STORAGE = re.compile(
    r"^storage:\n[ ]+custom:\n[ ]+module: orchestration\.event_storage\n(?:[ ]+.*\n)*", re.MULTILINE
)
"""The storage entry in homes made by earlier versions. Its files have the format of Dagster's own storage."""


def prepare(home: Home) -> None:
    """Create DAGSTER_HOME with its configuration and point this process at it."""
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
    """Remove the storage entry of earlier versions from dagster.yaml; return a notice about it, or None."""
    file = home.dagster / "dagster.yaml"
    if not file.exists():
        return None
    text = file.read_text(encoding="utf-8")
    renewed = OLD_STORAGE.sub("", text)
    if renewed == text:
        return None
    atomic_write(file, renewed.encode())
    return (
        "dagster.yaml named a storage that this version no longer has. Dagster's own storage now reads the same files."
    )


def _skip_newsletter_dialog(home: Home) -> None:
    """Write the file by which Dagster knows that it has already asked the first visitor to sign up."""
    seen = home.dagster / ".nux" / "nux.yaml"
    seen.parent.mkdir(exist_ok=True)
    seen.write_text("seen: 1\n", encoding="utf-8")


@contextmanager
def dagster_instance(home: Home) -> Iterator:
    """Open the instance of this home.

    Dagster 1.13.27 creates the tables of a new home when it opens them. Of several processes that do so at once, some
    fail, and at times no process can open the home afterwards (findings/dagster-new-instance-opened-at-once.sh). So one
    process at a time opens it, and services start in a home that has been opened.
    """
    import dagster as dg

    prepare(home)
    with ExitStack() as stack:
        stack.enter_context(private_files())
        with file_lock(home.dagster / "opening.lock"):
            instance = stack.enter_context(dg.DagsterInstance.from_config(str(home.dagster)))
        yield instance
