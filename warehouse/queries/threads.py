"""Reads the questions to sites as threads: their state, and what happened to each, in order.

What people did comes from archive/threads.ndjson, what became of rows and answers from the build database; both are
read together here and in sql/quality/threads.sql alone. A thread's history may hold what a person wrote and what a
site answered: it is shown to people, and never logged or released.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import duckdb
import polars as pl

from warehouse.archive.thread_log import Event, Place
from warehouse.queries.decide_answers import TOO_LATE
from warehouse.storage.connection import define_terms, table_exists
from warehouse.storage.errors import RegistryError
from warehouse.storage.hashing import columns_of
from warehouse.storage.sql_files import select_of

OPENED, SENT, ANSWERED, ACCEPTED, REOPENED, RESOLVED = (
    "opened",
    "sent",
    "answered",
    "accepted",
    "reopened",
    "resolved",
)
STATES = (OPENED, SENT, ANSWERED, ACCEPTED, REOPENED, RESOLVED)
CLOSED = (ACCEPTED, RESOLVED)
NEEDED = (("meta", "deliveries"), ("raw", "answers"), ("quality", "answers"), ("quality", "resolved"))
"""Tables that a refresh makes; after an erasure they are missing until the next one."""
SHORTEST_ID = 4
"""Digits by which a thread may be named at least."""
EVENTS = {
    "n": pl.Int64(),
    "happened_at": pl.Datetime("us"),
    "said_by": pl.String(),
    "action": pl.String(),
    "thread": pl.String(),
    "site": pl.String(),
    "export": pl.String(),
    "key": pl.String(),
    "rule_id": pl.String(),
    "column_name": pl.String(),
    "assigned_to": pl.String(),
    "due": pl.Date(),
    "entries": pl.List(pl.String()),
}


@dataclass(frozen=True)
class Thread:
    """One question. `is_open`: the site is to answer; `is_late`: it should have by now. Times are UTC."""

    thread: str
    site: str
    export: str
    key: str
    rule_id: str
    column_name: str | None
    state: str
    is_open: bool
    has_open_entry: bool
    opened_at: datetime | None
    sent_at: datetime | None
    answered_at: datetime | None
    resolved_at: datetime | None
    reopened_at: datetime | None
    decided_at: datetime | None
    decided_by: str | None
    due: date | None
    assignee: str | None
    is_late: bool
    is_answered_late: bool
    days_to_answer: int | None

    @property
    def place(self) -> Place:
        """Return the question as the journal names it."""
        return Place(self.thread, self.site, self.export, self.key, self.rule_id, self.column_name or "")


def read_threads(con: duckdb.DuckDBPyConnection, events: Sequence[Event], as_of: date, site: str = "") -> list[Thread]:
    """Return the threads of the build database, of one site or of all; `as_of` decides which are late.

    Raises RegistryError if nothing has been refreshed since the home was made, or since an erasure.
    """
    with_threads(con, events)
    order = "site, export, key, rule_id, column_name"
    select = f"SELECT * FROM ({select_of('quality/threads')}) WHERE $site IN ('', site) ORDER BY {order}"  # noqa: S608
    rows = con.execute(select, {"overtaken": TOO_LATE, "as_of": as_of, "site": site}).fetchall()
    return [Thread(*row) for row in rows]


def with_threads(con: duckdb.DuckDBPyConnection, events: Iterable[Event]) -> None:
    """Give the connection what sql/quality/threads.sql reads: the events as a table, and the shared terms."""
    names = {name for name, _ in columns_of(con, "quality", "quarantine")}
    if "entry_id" not in names or not all(table_exists(con, *table) for table in NEEDED):
        raise RegistryError("The registry holds no entries yet.", "Run `registry refresh` first.")
    define_terms(con)
    rows = [
        (
            *(n, utc(one.at), one.by, one.action, one.thread, one.site),
            *(one.export, one.key, one.rule_id, one.column_name, one.to),
            *(date.fromisoformat(one.due) if one.due else None, list(one.entries)),
        )
        for n, one in enumerate(events)
    ]
    con.register("thread_events", pl.DataFrame(rows, schema=EVENTS, orient="row").to_arrow())


def utc(when: str) -> datetime:
    """Return a time of the journal as UTC without its zone, as the tables are read."""
    return datetime.fromisoformat(when).astimezone(UTC).replace(tzinfo=None)


def find_thread(threads: Iterable[Thread], named: str) -> Thread:
    """Return the thread whose id begins like that. Raises RegistryError if none does, or more than one."""
    found = [one for one in threads if one.thread.startswith(named.lower())] if len(named) >= SHORTEST_ID else []
    if len(found) == 1:
        return found[0]
    if found:
        raise RegistryError(f"{len(found):,} questions begin with {named}.", "Give more of the id.")
    said = f"No question has the id {named!r}." if len(named) >= SHORTEST_ID else f"{named!r} is too short for an id."
    raise RegistryError(said, "`registry questions --all` lists them.")


def entries_of(con: duckdb.DuckDBPyConnection, thread: str) -> tuple[str, ...]:
    """Return the ids of the thread's entries that are open or were answered: what an acceptance closes."""
    rows = con.execute(
        "SELECT entry_id FROM quality.quarantine "
        'WHERE thread_of_entry(site, export, key, rule_id, column_name, "row") = $thread '
        "UNION SELECT entry_id FROM raw.answers "
        "WHERE entry_id <> '' AND thread_of(site, export, key, rule_id, column_name) = $thread ORDER BY ALL",
        {"thread": thread},
    ).fetchall()
    return tuple(entry_id for (entry_id,) in rows)
