"""Dagster's storage with connections that stay open: as safe, as readable and as live as Dagster's own."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.events import ASSET_CHECK_EVENTS
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.base import EventLogCursor
from sqlalchemy.exc import SQLAlchemyError

from orchestration.event_storage import OPEN_AT_MOST, OpenEventLogStorage
from orchestration.instance import dagster_instance
from tests.orchestration.command import CHECKOUT
from warehouse.home import Home


@dg.asset(check_specs=[dg.AssetCheckSpec("sound", asset="table")])
def table() -> dg.MaterializeResult:
    """A table with a check."""
    return dg.MaterializeResult(
        data_version=dg.DataVersion("1"), check_results=[dg.AssetCheckResult(check_name="sound", passed=True)]
    )


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """A new home's instance."""
    for name in ("DAGSTER_HOME", "REGISTRY_HOME", "DAGSTER_EVENT_BATCH_SIZE"):
        monkeypatch.setenv(name, "0")  # put back what the instance sets
    with dagster_instance(Home(tmp_path)) as made:
        yield made


def storage_of(instance: dg.DagsterInstance) -> OpenEventLogStorage:
    """Its event log."""
    storage = instance.event_log_storage
    assert isinstance(storage, OpenEventLogStorage)
    return storage


def events(storage: SqliteEventLogStorage, run_id: str) -> list[str]:
    """The run's events, each with its message."""
    return [f"{e.dagster_event_type}: {e.message}" for e in storage.get_logs_for_run(run_id)]


def test_the_home_uses_it(instance: dg.DagsterInstance) -> None:
    """dagster.yaml names this storage, in Dagster's own folders, and files are the owner's alone."""
    storage_of(instance)
    folder = Path(os.environ["DAGSTER_HOME"]) / "history"
    assert (folder / "runs.db").exists() and (folder / "runs" / "index.db").exists()
    dg.materialize([table], instance=instance)
    for file in folder.rglob("*.db*"):
        assert file.stat().st_mode & 0o077 == 0, file


def test_dagsters_own_storage_reads_it_while_it_is_open(instance: dg.DagsterInstance) -> None:
    """What is stored is there for others at once: events, the asset, its check, the run's end."""
    ran = dg.materialize([table], instance=instance)
    own = SqliteEventLogStorage(storage_of(instance)._base_dir)
    own.register_instance(instance)
    assert events(own, ran.run_id) == events(storage_of(instance), ran.run_id)
    assert any("ASSET_CHECK_EVALUATION" in event for event in events(own, ran.run_id))
    (record,) = own.get_asset_records([dg.AssetKey("table")])
    assert record.asset_entry.last_run_id == ran.run_id
    key = dg.AssetCheckKey(dg.AssetKey("table"), "sound")
    (check,) = own.get_asset_check_execution_history(key, limit=5)
    assert check.status.value == "SUCCEEDED"


def test_it_reads_what_dagsters_own_storage_wrote(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    """A home from before keeps its runs: the files are the same."""
    (tmp_path / "plain").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "plain")) as plain:
        ran = dg.materialize([table], instance=plain)
        stored = events(plain.event_log_storage, ran.run_id)
        with closing_storage(OpenEventLogStorage(plain.event_log_storage._base_dir)) as storage:
            assert stored and events(storage, ran.run_id) == stored


def closing_storage(storage: OpenEventLogStorage):
    """The storage, its files closed at the end."""

    class Closing:
        def __enter__(self) -> OpenEventLogStorage:
            return storage

        def __exit__(self, *_) -> None:
            storage.dispose()

    return Closing()


def test_a_killed_writer_leaves_every_event_it_stored(tmp_path: Path) -> None:
    """After kill -9 in the middle of a run, all events that it had stored are readable, and more can be stored."""
    ready = tmp_path / "ready"
    script = f"""
import pathlib, time
import dagster as dg
from orchestration.instance import dagster_instance
from warehouse.home import Home

@dg.op
def stuck():
    pathlib.Path({str(ready)!r}).touch()
    time.sleep(600)

@dg.job
def endless():
    stuck()

with dagster_instance(Home(pathlib.Path({str(tmp_path / "home")!r}))) as instance:
    endless.execute_in_process(instance=instance)
"""
    writer = subprocess.Popen([sys.executable, "-c", script], cwd=CHECKOUT, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not ready.exists():
        assert writer.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    folder = tmp_path / "home" / "dagster" / "history" / "runs"
    (shard,) = (f for f in folder.glob("*.db") if f.stem != "index")
    assert (folder / f"{shard.name}-wal").stat().st_size > 0
    with closing(sqlite3.connect(shard)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with closing_storage(OpenEventLogStorage(str(folder))) as storage:
        found = events(storage, shard.stem)
        assert any(event.startswith("DagsterEventType.STEP_START") for event in found)
        storage.store_event(storage.get_logs_for_run(shard.stem)[-1])
        assert len(events(storage, shard.stem)) == len(found) + 1


def test_a_watcher_hears_of_events_while_the_writer_stays_open(instance: dg.DagsterInstance) -> None:
    """The web interface's live log: another storage is told of events that lie in the journal only."""
    first = dg.materialize([table], instance=instance)
    writer = storage_of(instance)
    entry = writer.get_logs_for_run(first.run_id)[-1]
    with closing_storage(OpenEventLogStorage(writer._base_dir)) as reader:
        heard = threading.Event()

        def callback(found, cursor: str) -> None:
            heard.set()

        last = writer.get_records_for_run(first.run_id).records[-1].storage_id
        reader.watch(first.run_id, EventLogCursor.from_storage_id(last).to_string(), callback)
        writer.store_event(entry)
        assert heard.wait(30)
        reader.end_watch(first.run_id, callback)
        assert callback not in reader._watchers[first.run_id]


def test_threads_share_the_connection(instance: dg.DagsterInstance) -> None:
    """Events stored by several threads at once are all there, once each."""
    ran = dg.materialize([table], instance=instance)
    storage = storage_of(instance)
    entry = storage.get_logs_for_run(ran.run_id)[0]
    before = len(events(storage, ran.run_id))
    threads = [threading.Thread(target=lambda: [storage.store_event(entry) for _ in range(20)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(events(storage, ran.run_id)) == before + 80


def test_a_batch_is_stored_whole_or_not_at_all(instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure inside a batch leaves none of its events in any file."""
    ran = dg.materialize([table], instance=instance)
    storage = storage_of(instance)
    everything = storage.get_logs_for_run(ran.run_id)
    stored = [e for e in everything if e.dagster_event_type not in ASSET_CHECK_EVENTS]  # those update a row
    store = storage.store_event

    def store_but_the_last(entry) -> None:
        if entry is stored[-1]:
            raise SQLAlchemyError("disk")
        store(entry)

    monkeypatch.setattr(storage, "store_event", store_but_the_last)
    with pytest.raises(SQLAlchemyError):
        storage.store_event_batch(stored)
    monkeypatch.undo()
    assert len(storage.get_logs_for_run(ran.run_id)) == len(everything)
    storage.store_event_batch(stored)
    assert len(storage.get_logs_for_run(ran.run_id)) == len(everything) + len(stored)


def test_a_deleted_file_is_opened_again(instance: dg.DagsterInstance) -> None:
    """Events are not written into a file that was deleted under the storage."""
    ran = dg.materialize([table], instance=instance)
    storage = storage_of(instance)
    entry = storage.get_logs_for_run(ran.run_id)[0]
    for ending in ("", "-wal", "-shm"):
        Path(storage.path_for_shard(ran.run_id) + ending).unlink()
    storage.store_event(entry)
    assert len(storage.get_logs_for_run(ran.run_id)) == 1


def test_few_files_stay_open_and_none_in_the_end(instance: dg.DagsterInstance) -> None:
    """Looking at many runs keeps a bounded number of files open; dispose closes all and folds the journals away."""
    storage = storage_of(instance)
    for number in range(OPEN_AT_MOST + 5):
        assert events(storage, f"00000000-0000-0000-0000-{number:012d}") == []
    assert len(storage._open) == OPEN_AT_MOST
    storage.dispose()
    assert storage._open == {}
    assert list(Path(storage._base_dir).glob("*-wal")) == []


def test_wiping_leaves_no_event(instance: dg.DagsterInstance) -> None:
    """After a wipe nothing is stored, and the next run is."""
    first = dg.materialize([table], instance=instance)
    storage_of(instance).wipe()
    assert events(storage_of(instance), first.run_id) == []
    second = dg.materialize([table], instance=instance)
    assert events(storage_of(instance), second.run_id)
