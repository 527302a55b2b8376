"""Dagster's storage on SQLite, with connections that stay open.

What belongs here: how events reach the disk. What does not: which events there are. Dagster's own storage opens and
closes a file for every statement, and each time SQLite syncs the disk and folds its journal away; a refresh stores six
hundred events. Files, tables and their places are Dagster's own, so either storage reads what the other wrote
(docs/decisions/0008).
"""

import os
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import cached_property
from typing import NamedTuple

from alembic.config import Config
from alembic.script import ScriptDirectory
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from dagster._core.storage.event_log.sqlite.sqlite_event_log import (
    INDEX_SHARD_NAME,
    SqliteEventLogStorage,
    SqliteEventLogStorageWatchdog,
)
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.schedules.sqlite.sqlite_schedule_storage import SqliteScheduleStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import (
    DagsterSqliteStorage,
    _event_logs_directory,
    _runs_directory,
    _schedule_directory,
)
from dagster._utils import mkdir_p
from sqlalchemy import Connection, create_engine, event, inspect
from sqlalchemy.pool import NullPool

FOLDERS = (_runs_directory, _event_logs_directory, _schedule_directory)

OPEN_AT_MOST = 8
"""Runs whose files stay open: the interface looks at a few at a time."""


_read_migrations = ScriptDirectory.from_config
_migrations: dict[str | None, ScriptDirectory] = {}


def _migrations_once(config: Config) -> ScriptDirectory:
    """The migrations of a place, read once for this process: Dagster asks for them twice with every file it opens, and
    there are ninety modules of them.
    """
    place = config.get_main_option("script_location")
    if place not in _migrations:
        _migrations[place] = _read_migrations(config)
    return _migrations[place]


ScriptDirectory.from_config = staticmethod(_migrations_once)  # type: ignore[method-assign, assignment]


class Open(NamedTuple):
    """An open file, and which file it was: one that was deleted or replaced since must be opened again."""

    connection: Connection
    device: int
    inode: int


class OpenEventLogStorage(SqliteEventLogStorage):
    """Dagster's event log in its own files, one connection per file, used by one thread at a time."""

    def __init__(self, base_dir: str, inst_data=None):
        self._mutex = threading.RLock()
        self._open: OrderedDict[str, Open] = OrderedDict()
        self._tables: set[str] = set()
        is_new = start_journal(base_dir, INDEX_SHARD_NAME)
        super().__init__(base_dir, inst_data)
        if is_new:  # nothing is there to be indexed: this notes that it is
            self.reindex_events()
            self.reindex_assets()

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        """A transaction on the shard; one that this thread has begun there already is joined."""
        with self._mutex:
            connection = self._connection(shard)
            if connection.in_transaction():
                yield connection
                return
            with connection.begin():
                yield connection

    def _connection(self, shard: str) -> Connection:
        held = self._open.get(shard)
        if held is not None and self._is_the_file(shard, held):
            self._open.move_to_end(shard)
            return held.connection
        self._close(shard)
        engine = create_engine(
            self.conn_string_for_shard(shard),
            poolclass=NullPool,
            connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
        )
        event.listen(engine, "connect", _sync_at_checkpoints)
        start_journal(self._base_dir, shard)
        self._initdb(engine)  # makes the tables of a new file
        connection = engine.connect()
        file = os.stat(self.path_for_shard(shard))
        self._open[shard] = Open(connection, file.st_dev, file.st_ino)
        while len(self._open) > OPEN_AT_MOST:
            self._close(next(name for name in self._open if not self._open[name].connection.in_transaction()))
        return connection

    def _is_the_file(self, shard: str, held: Open) -> bool:
        try:
            file = os.stat(self.path_for_shard(shard))
        except FileNotFoundError:
            return False
        return (file.st_dev, file.st_ino) == (held.device, held.inode)

    def _close(self, shard: str) -> None:
        held = self._open.pop(shard, None)
        if held is not None:
            held.connection.close()

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """All of the events or none: one transaction for each file."""
        with ExitStack() as transactions:
            for run_id in {entry.run_id for entry in events}:
                transactions.enter_context(self.run_connection(run_id))
            transactions.enter_context(self.index_connection())
            for entry in events:
                self.store_event(entry)

    def has_table(self, table_name: str) -> bool:
        """Whether the index has the table; a table once seen stays."""
        if table_name not in self._tables:
            with self.index_connection() as connection:
                if not inspect(connection).has_table(table_name):
                    return False
            self._tables.add(table_name)
        return True

    @cached_property
    def supports_asset_checks(self) -> bool:
        """Whether the files are new enough for checks."""
        return self.has_table(AssetCheckExecutionsTable.name)

    def watch(self, run_id: str, cursor: str | None, callback) -> None:
        """Tell `callback` of a run's new events as they come."""
        super().watch(run_id, cursor, callback)
        _, scheduled = self._watchers[run_id][callback]
        ours = JournalWatchdog(self, run_id, callback, cursor)
        self._obs.remove_handler_for_watch(self._watchers[run_id][callback][0], scheduled)
        self._obs.add_handler_for_watch(ours, scheduled)
        self._watchers[run_id][callback] = (ours, scheduled)

    def wipe(self) -> None:
        """Delete every event."""
        with self._mutex:
            self._close_all()
            super().wipe()

    def dispose(self) -> None:
        """Close what is open; SQLite folds each journal into its file."""
        super().dispose()
        with self._mutex:
            self._close_all()

    def _close_all(self) -> None:
        for shard in list(self._open):
            self._close(shard)


class JournalWatchdog(SqliteEventLogStorageWatchdog):
    """Looks at the journal as well, where events lie until SQLite folds it into the file."""

    def __init__(self, storage: OpenEventLogStorage, run_id: str, callback, cursor: str | None):
        super().__init__(storage, run_id, callback, cursor)
        self._patterns = [self._log_path, f"{self._log_path}-wal"]

    def on_modified(self, event) -> None:
        """Pass on what is new."""
        self._process_log()


def _sync_at_checkpoints(connection, _) -> None:
    """In WAL mode this loses nothing when a process dies; a power cut may lose the last events, never the file."""
    connection.execute("PRAGMA synchronous=NORMAL")


def start_journal(folder: str, name: str) -> bool:
    """Whether the file is new. A new one is in WAL mode at once: its tables are made five times as fast."""
    mkdir_p(folder)
    path = os.path.join(folder, f"{name}.db")
    if os.path.exists(path):
        return False
    with closing(sqlite3.connect(path, timeout=SQLITE_BUSY_TIMEOUT_SECONDS)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    return True


class OpenSqliteStorage(DagsterSqliteStorage):
    """Dagster's SQLite storage with this event log; what dagster.yaml names."""

    def __init__(self, base_dir: str, inst_data=None):
        runs, events, schedules = (folder(base_dir) for folder in FOLDERS)
        start_journal(runs, "runs")
        start_journal(schedules, "schedules")
        self.base_dir = base_dir
        self._inst_data = inst_data
        self._run_storage = SqliteRunStorage.from_local(runs)
        self._event_log_storage = OpenEventLogStorage(events)
        self._schedule_storage = SqliteScheduleStorage.from_local(schedules)
        super(DagsterSqliteStorage, self).__init__()  # not Dagster's own, which would open its own event log

    @classmethod
    def from_config_value(cls, inst_data, config_value) -> "OpenSqliteStorage":
        """From dagster.yaml."""
        return cls.from_local(inst_data=inst_data, **config_value)
