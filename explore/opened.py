"""Holds releases open for reading, in the sandbox of a query, and follows `current` from one request to the next.

A release stays open while it is current or in use. One whose file is gone (removed, or made again without an erased
patient) is closed at the next request and never read again.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import duckdb

from warehouse.releases.query import open_release
from warehouse.releases.release import CURRENT, Release, find_release
from warehouse.releases.time_limit import time_limit
from warehouse.storage.home import Home

KEPT_OPEN = 2
"""Releases that stay open without being in use: the current one, and the one before it or a pinned one."""


@dataclass
class Held:
    """An open release, how many requests use it, and facts that were counted once."""

    release: Release
    con: duckdb.DuckDBPyConnection
    closing: ExitStack
    users: int = 0
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """What one request reads: a connection of its own, and `check`, which raises once its time is up."""

    release: Release
    con: duckdb.DuckDBPyConnection
    check: Callable[[], None]
    facts: dict[str, Any]

    def fact(self, name: str, count: Callable[[duckdb.DuckDBPyConnection], Any]) -> Any:
        """Return what `count` says of the release; it is counted once, since a release never changes."""
        if name not in self.facts:
            self.facts[name] = count(self.con)
        return self.facts[name]


class Releases:
    """The releases of a home, as the page reads them."""

    def __init__(self, home: Home, timeout_seconds: float):
        self.home, self.timeout_seconds = home, timeout_seconds
        self._held: dict[str, Held] = {}
        self._lock = threading.Lock()

    def current_id(self) -> str | None:
        """Return the id of the current release; None if there is none at this moment."""
        try:
            return os.path.basename(os.readlink(self.home.current)) if self.home.current.exists() else None
        except OSError:
            return None

    @contextmanager
    def read(self, release_id: str | None = None) -> Iterator[Reading]:
        """Open the release (the current one for None) for one request, whose statements are stopped in time.

        ReleaseUnknown or ReleaseDamaged, in one sentence, if it cannot be read; QueryFailed if the time is up.
        """
        with self._lock:
            held = self._open(release_id)
            held.users += 1
            con = held.con.cursor()
        try:
            with time_limit(con, self.timeout_seconds) as check:
                yield Reading(held.release, con, check, held.facts)
        finally:
            con.close()
            with self._lock:
                held.users -= 1
                self._close_idle(keep=held.release.release_id)

    def close(self) -> None:
        """Close every release."""
        with self._lock:
            for held in self._held.values():
                held.closing.close()
            self._held.clear()

    def _open(self, release_id: str | None) -> Held:
        wanted = self.current_id() if release_id in (None, CURRENT) else release_id
        known = self._held.get(wanted or "")
        if known and known.release.database.exists():
            return known
        release = find_release(self.home, release_id)
        if (again := self._held.get(release.release_id)) and again.release.database.exists():
            return again
        closing = ExitStack()
        con = closing.enter_context(open_release(release))
        self._held[release.release_id] = Held(release, con, closing)
        return self._held[release.release_id]

    def _close_idle(self, keep: str) -> None:
        """Close what nobody uses: removed releases at once, others when more than KEPT_OPEN are open."""
        for name, held in list(self._held.items()):
            is_gone = not held.release.database.exists()
            is_spare = len(self._held) > KEPT_OPEN and name not in (keep, self.current_id())
            if not held.users and (is_gone or is_spare):
                held.closing.close()
                del self._held[name]
