"""Records that a sheet was sent: one line of archive/threads.ndjson for each question that it asks."""

from collections.abc import Iterable
from datetime import date

from warehouse.archive import thread_log
from warehouse.archive.thread_log import SENT, event
from warehouse.queries.open_entries import Entry
from warehouse.storage.home import Home


def record_sent(home: Home, by: str, sheet: str, entries: Iterable[Entry]) -> int:
    """Record each question of the sheet once, with the day on which its answer is due; return how many."""
    asked: dict[str, tuple[Entry, date | None]] = {one.thread.thread: (one, one.due) for one in entries}
    sent = [event(by, SENT, one.thread.place, sheet=sheet, due=str(due or "")) for one, due in asked.values()]
    thread_log.append(home, sent)
    return len(sent)
