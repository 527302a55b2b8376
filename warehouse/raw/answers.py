"""Loads an answered query sheet: each answered line as text into raw.answers, and the sheet into meta.deliveries."""

import duckdb
import polars as pl

from warehouse.archive.archive import Archive
from warehouse.archive.arrivals import Arrival
from warehouse.raw.tables import record
from warehouse.readers.answered_sheet import CURE, AnsweredLine, read_kept, read_sheet
from warehouse.storage.errors import DeliveryRejected

CELLS = (
    "entry_id",
    "site",
    "export",
    "key",
    "rule_id",
    "column_name",
    "answer",
    "corrected",
    "answered_by",
    "answered_on",
    "comment",
    "unread",
)


def create_table(con: duckdb.DuckDBPyConnection) -> None:
    """Create raw.answers if it does not exist."""
    cells = ", ".join(f"{name} VARCHAR" for name in CELLS)
    con.execute(f"CREATE TABLE IF NOT EXISTS raw.answers (load_no INTEGER, line INTEGER, {cells})")
    for name in ("comment", "unread"):  # the build of an earlier version
        con.execute(f"ALTER TABLE raw.answers ADD COLUMN IF NOT EXISTS {name} VARCHAR")


def drop_table(con: duckdb.DuckDBPyConnection) -> None:
    """Drop raw.answers, for a rebuild from the archive."""
    con.execute("DROP TABLE IF EXISTS raw.answers")


def load_answers(con: duckdb.DuckDBPyConnection, archive: Archive, arrival: Arrival) -> None:
    """Load one arrival in a transaction. A file that is not a query sheet of the site is recorded as rejected."""
    create_table(con)
    con.begin()
    try:
        with archive.plain(arrival) as path:
            lines = read_kept(path) if arrival.tombstone else read_sheet(path, arrival.site)
        insert(con, arrival, lines)
        record(con, arrival, "accepted")
        con.commit()
    except DeliveryRejected as rejection:
        con.rollback()
        record(con, arrival, "rejected", f"{rejection.message} {rejection.cure or CURE}")
    except BaseException:
        con.rollback()
        raise


def insert(con: duckdb.DuckDBPyConnection, arrival: Arrival, lines: list[AnsweredLine]) -> None:
    """Insert a sheet's answered lines into raw.answers."""
    if not lines:
        return
    rows = [
        (arrival.load_no, a.line, a.entry_id, a.site, a.export, a.key, a.rule_id, a.column, a.answer, a.corrected)
        + (a.answered_by, a.answered_on, a.comment, a.unread)
        for a in lines
    ]
    schema = {"load_no": pl.Int32, "line": pl.Int32} | {name: pl.String for name in CELLS}
    con.register("answered_lines", pl.DataFrame(rows, schema=schema, orient="row").to_arrow())
    con.execute("INSERT INTO raw.answers SELECT * FROM answered_lines")
    con.unregister("answered_lines")
