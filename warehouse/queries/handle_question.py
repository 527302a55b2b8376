"""Says which lines of archive/threads.ndjson a data manager's wish about a question makes, or why it cannot be met."""

from dataclasses import dataclass
from datetime import date

import duckdb

from warehouse.archive.thread_log import ACCEPTED, ASSIGNED, DUE, REOPENED, SAID, Event, event
from warehouse.queries.threads import ACCEPTED as IS_ACCEPTED
from warehouse.queries.threads import Thread, entries_of
from warehouse.storage.errors import RegistryError

LONGEST = 2_000
"""Characters of what a person writes."""


@dataclass(frozen=True)
class Wish:
    """What to do: assign ('' to nobody), set a due date, say something, accept, reopen; None and False leave it."""

    assign: str | None = None
    due: date | None = None
    say: str | None = None
    accepts: bool = False
    reopens: bool = False


def events_for(con: duckdb.DuckDBPyConnection, thread: Thread, wish: Wish, by: str, today: date) -> list[Event]:
    """Return the events, nothing without a wish. RegistryError, and no event, if one part cannot be met."""
    if not by.strip():
        raise RegistryError("Nobody is named who does this.", "Give a name.")
    place, made = thread.place, []
    if wish.reopens:
        _check_reopens(con, thread, wish)
        made.append(event(by, REOPENED, place))
    if wish.assign is not None:
        made.append(event(by, ASSIGNED, place, to=_one_line(wish.assign)))
    if wish.due is not None:
        if wish.due < today:
            raise RegistryError(f"An answer cannot be due on {wish.due}, which has passed.", "Give a later day.")
        if not (thread.is_open or wish.reopens):
            raise RegistryError("The question is closed, so no answer can be due.", "Reopen it first.")
        made.append(event(by, DUE, place, due=wish.due.isoformat()))
    if wish.say is not None:
        made.append(event(by, SAID, place, text=_text(wish.say)))
    if wish.accepts:
        if thread.state == IS_ACCEPTED:
            raise RegistryError(f"The question was closed already, {_when(thread)}.", "Reopen it to ask again.")
        made.append(event(by, ACCEPTED, place, entries=entries_of(con, thread.thread)))
    return made


def _check_reopens(con: duckdb.DuckDBPyConnection, thread: Thread, wish: Wish) -> None:
    if wish.accepts:
        raise RegistryError("A question cannot be closed and reopened at once.", "Choose one of the two.")
    if thread.is_open:
        raise RegistryError(f"The question is open already: it is {thread.state}.", "Set a due date, or say something.")
    of_thread = 'SELECT count(*) FROM {} WHERE thread_of_entry(site, export, key, rule_id, column_name, "row") = ?'
    (n_open,), (n_known,) = (
        con.execute(of_thread.format(table), [thread.thread]).fetchall()[0]
        for table in ("quality.quarantine", "quality.resolved")
    )
    if not n_open and (thread.answered_at is None or not n_known):
        raise RegistryError(
            "The row of this question was corrected or withdrawn, or is no longer known: there is nothing to ask.",
            "If it is still wrong, the question comes back by itself.",
        )


def _when(thread: Thread) -> str:
    return f"on {thread.decided_at:%Y-%m-%d} by {thread.decided_by}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _text(text: str) -> str:
    said = text.strip()
    if not said:
        raise RegistryError("Nothing is said.", "Write a sentence.")
    if len(said) > LONGEST:
        raise RegistryError(f"That has more than {LONGEST:,} characters.", "Say it more briefly.")
    return said
