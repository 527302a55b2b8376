"""Removes set-aside arrivals from the build database, and restores arrivals that people have let in again.

Afterwards the tables are those of a rebuild: the patients of removed rows are first written to the change log, and a
restored arrival is loaded as if for the first time.
"""

from collections import Counter
from collections.abc import Callable

import duckdb

from schemas.exports import ANSWERS, EXPORTS
from warehouse.archive import decisions
from warehouse.archive.archive import SITE_EXPORT, Archive
from warehouse.archive.arrivals import Arrival
from warehouse.archive.decisions import SET_ASIDE, Decision
from warehouse.incremental import change_log
from warehouse.raw import tables
from warehouse.raw.answers import create_table
from warehouse.storage.connection import table_exists

STATUS = "set_aside"
"""The status in meta.loads of an arrival that is in the archive but does not count."""
Say = Callable[[str], None]


def follow_decisions(con: duckdb.DuckDBPyConnection, archive: Archive, say: Say = lambda _: None) -> None:
    """Apply to the raw tables what people have decided since the last time. Restored arrivals wait to be loaded."""
    made = decisions.read(archive.home)
    _create(con)
    followed = dict(con.execute("SELECT load_no, n_decisions FROM meta.decisions_followed").fetchall())
    if not made and not followed:
        return
    status = dict(con.execute("SELECT load_no, status FROM meta.deliveries").fetchall())
    force, counted = decisions.in_force(made, archive.arrivals), Counter(d.place for d in made)
    for arrival in archive.arrivals:
        n_decisions = counted[decisions.place_of(arrival)]
        if arrival.export == SITE_EXPORT or n_decisions == followed.get(arrival.load_no, 0):
            continue
        decision = force.get(arrival.load_no)
        con.begin()
        if decision is not None and decision.action == SET_ASIDE:
            say(f"setting {arrival.site}/{arrival.export}/{arrival.delivery} aside")
            take_out(con, arrival)
            tables.record(con, arrival, STATUS, by_hand(decision), 0, [])
        elif status.get(arrival.load_no) == STATUS:
            con.execute("DELETE FROM meta.deliveries WHERE load_no = ?", [arrival.load_no])
        con.execute("DELETE FROM meta.decisions_followed WHERE load_no = ?", [arrival.load_no])
        con.execute("INSERT INTO meta.decisions_followed VALUES (?, ?)", [arrival.load_no, n_decisions])
        con.commit()


def forget_followed(con: duckdb.DuckDBPyConnection) -> None:
    """Make the next refresh apply every decision again, for a rebuild from the archive."""
    con.execute("DROP TABLE IF EXISTS meta.decisions_followed")


def take_out(con: duckdb.DuckDBPyConnection, arrival: Arrival) -> None:
    """Delete the arrival's rows and its record, and write the patients of these rows to the change log."""
    number = [arrival.load_no]
    if arrival.export == ANSWERS:
        create_table(con)
        con.execute(f"DELETE FROM raw.{ANSWERS} WHERE load_no = ?", number)  # noqa: S608 (own name)
    elif arrival.export in EXPORTS:
        theirs = f"FROM raw.{arrival.export} WHERE row_id >> {tables.LINE_BITS} = {arrival.load_no}"
        change_log.create(con)
        change_log.record_change(con, f"SELECT site, patient_id {theirs}")
        con.execute(f"DELETE {theirs}")
        if table_exists(con, "raw", f"{arrival.export}_held"):
            con.execute(f"DELETE {theirs.replace(arrival.export, f'{arrival.export}_held')}")
    con.execute("DELETE FROM meta.deliveries WHERE load_no = ?", number)


def by_hand(decision: Decision) -> str:
    """Return why the arrival is set aside, in words that may be published; the reason given stays in the archive."""
    return f"Set aside by {decision.by} on {decision.at[:10]}; `registry set-aside --undo` brings it back."


def _create(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("CREATE TABLE IF NOT EXISTS meta.decisions_followed (load_no INTEGER, n_decisions BIGINT)")
