"""Reads what the page of questions shows, from the build database while no refresh writes to it, and records wishes.

The page changes nothing but two things: lines of archive/threads.ndjson, and answers, which it writes as sheets into
landing/<site>/answers/ for the next refresh.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from warehouse.archive import thread_log
from warehouse.archive.thread_log import Event
from warehouse.queries.answer_file import WAITS, Given, waiting, write_answer
from warehouse.queries.handle_question import Wish, events_for
from warehouse.queries.open_entries import Entry, check_site, open_entries
from warehouse.queries.thread_history import Moment, histories
from warehouse.queries.threads import Thread, find_thread, read_threads
from warehouse.releases.release import find_release
from warehouse.storage.connection import read_build
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home

CHANGED = "The row has changed, or the question was answered or closed, since this page was shown."


@dataclass(frozen=True)
class Question:
    """A question as the page shows it: its entries that can be answered now, and what happened to it."""

    thread: Thread
    entries: tuple[Entry, ...]
    moments: tuple[Moment, ...]
    waits: bool


class Questions:
    """The questions to one site. One request reads the build database at a time, and holds the lock no longer."""

    def __init__(self, home: Home, site: str):
        self.home, self.site = home, site
        self._one = threading.Lock()

    def check(self) -> None:
        """Raise RegistryError if there is no such site, or nothing was refreshed."""
        find_release(self.home)
        with self._reading() as (con, _):
            check_site(con, self.site)

    def listed(self) -> tuple[list[Thread], set[str]]:
        """Return the site's questions, and the ids of those with an answer that waits for the next refresh."""
        with self._reading() as (con, events):
            threads = read_threads(con, events, self._today, self.site)
            answered = waiting(con, self.home, self.site)
            entries = open_entries(con, self.site, events=events) if answered else []
        return threads, {one.thread.thread for one in entries if one.cells[0] in answered}

    def one(self, thread_id: str) -> Question:
        """Return the question. Raises RegistryError if the site has none of that id."""
        with self._reading() as (con, events):
            return self._question(con, events, thread_id)

    def wish(self, thread_id: str, wish: Wish, by: str) -> None:
        """Record what a data manager wishes. RegistryError, and nothing recorded, if it cannot be met."""
        with self._reading() as (con, events):
            thread = find_thread(read_threads(con, events, self._today, self.site), thread_id)
            made = events_for(con, thread, wish, by, self._today)
            if not made:
                raise RegistryError("Nothing was changed.", "Choose or write something first.")
            thread_log.append(self.home, made)

    def answer(self, thread_id: str, entry_id: str, given: Given) -> Path:
        """Write the answer as a sheet and return its path. RegistryError if it cannot be given."""
        with self._reading() as (con, events):
            question = self._question(con, events, thread_id)
            entry = next((one for one in question.entries if one.cells[0] == entry_id), None)
            if entry is None:
                raise RegistryError(CHANGED, "Look at the question again.")
            if question.waits and given.is_answer:
                raise RegistryError(WAITS, "After it, the question can be reopened.")
            return write_answer(self.home, self.site, find_release(self.home).release_id, entry, given)

    def _question(self, con: duckdb.DuckDBPyConnection, events: Sequence[Event], thread_id: str) -> Question:
        thread = find_thread(read_threads(con, events, self._today, self.site), thread_id)
        entries = [one for one in open_entries(con, self.site, events=events) if one.thread.thread == thread.thread]
        moments = histories(con, events, self.site).get(thread.thread, [])
        answered = waiting(con, self.home, self.site)
        waits = any(one.cells[0] in answered for one in entries)
        return Question(thread, tuple(entries), tuple(moments), waits)

    @property
    def _today(self) -> date:
        return datetime.now(UTC).date()

    @contextmanager
    def _reading(self) -> Iterator[tuple[duckdb.DuckDBPyConnection, list[Event]]]:
        """Read the build database for a moment; RefreshRunning, in one sentence, while a refresh writes to it."""
        with self._one, read_build(self.home) as con:
            yield con, thread_log.read(self.home)
