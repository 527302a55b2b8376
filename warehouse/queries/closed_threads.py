"""Says which answers came to a question that was already closed.

An acceptance closes the entries that it names, until the question is reopened. What counts is when the sheet arrived:
so no acceptance or reopening changes what became of the answers that were there before it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

import duckdb
import polars as pl

from schemas.said import Said
from warehouse.archive.thread_log import ACCEPTED, REOPENED, Event
from warehouse.storage.connection import table_exists

TABLE = "meta.question_closures"
CLOSED = "This question was closed on {day} by {who}; ask to reopen it."
COLUMNS = {
    "entry_id": pl.String(),
    "n": pl.Int64(),
    "decided_at": pl.String(),
    "decided_by": pl.String(),
    "is_closed": pl.Boolean(),
}


def write_closures(con: duckdb.DuckDBPyConnection, events: Iterable[Event]) -> None:
    """Write by entry when its question was closed and reopened: what the next refresh decides its answers with."""
    of_thread: dict[str, set[str]] = defaultdict(set)
    rows = []
    for n, one in enumerate(events):
        if one.action in (ACCEPTED, REOPENED):
            of_thread[one.thread].update(one.entries)
            is_closed = one.action == ACCEPTED
            concerned = one.entries if is_closed else sorted(of_thread[one.thread])
            rows += [(entry_id, n, one.at, one.by, is_closed) for entry_id in concerned]
    con.register("closures", pl.DataFrame(rows, schema=COLUMNS, orient="row").to_arrow())
    con.execute(f"CREATE OR REPLACE TABLE {TABLE} AS FROM closures ORDER BY entry_id, n")
    con.unregister("closures")


class Closures:
    """When each question was closed and reopened; nothing, in a build database that does not say."""

    def __init__(self, con: duckdb.DuckDBPyConnection):
        self._of: dict[str, list[tuple[datetime, str, bool]]] = defaultdict(list)
        if table_exists(con, *TABLE.split(".")):
            select = f"SELECT entry_id, decided_at, decided_by, is_closed FROM {TABLE} ORDER BY entry_id, n"  # noqa: S608
            for entry_id, at, by, is_closed in con.execute(select).fetchall():
                self._of[entry_id].append((datetime.fromisoformat(at), by, is_closed))

    def sentence(self, entry_id: str, arrived_at: str) -> str:
        """Return who had closed the question when the sheet arrived; '' if it was open."""
        at = datetime.fromisoformat(arrived_at)
        before: Sequence[tuple[datetime, str, bool]] = [one for one in self._of.get(entry_id, ()) if one[0] < at]
        if not before or not before[-1][2]:
            return ""
        return Said(CLOSED, day=before[-1][0].date().isoformat(), who=before[-1][1])
