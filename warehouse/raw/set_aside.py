"""Removes set-aside arrivals from the build database, and restores arrivals that people have let in again.

Afterwards the tables are those of a rebuild: the patients of removed rows are first written to the change log, and a
restored arrival is loaded as if for the first time.
"""

from collections import Counter
from collections.abc import Callable, Iterable

import duckdb

from schemas.exports import ANSWERS, EXPORTS
from warehouse.archive import decisions
from warehouse.archive.archive import Archive
from warehouse.archive.arrivals import Arrival
from warehouse.archive.decisions import SET_ASIDE, Decision
from warehouse.incremental import change_log
from warehouse.raw import tables
from warehouse.raw.answers import create_table
from warehouse.storage.connection import table_exists

STATUS = "set_aside"
"""The status in meta.loads of an arrival that is in the archive but does not count."""
FACTS = ("delivery_rows", "delivery_spreads", "snapshot_steps", "delivery_order")
"""Tables of meta that hold what is known of a delivery's rows, which may be other rows when it is loaded again: without
its place in delivery_order, the history counts them as rows that it has not seen."""
Say = Callable[[str], None]


def follow_decisions(
    con: duckdb.DuckDBPyConnection, archive: Archive, deliveries: Iterable[Arrival], say: Say = lambda _: None
) -> None:
    """Apply to the raw tables what people have decided since the last time. Restored arrivals wait to be loaded."""
    made = decisions.read(archive.home)
    _create(con)
    followed = dict(con.execute("SELECT load_no, n_decisions FROM meta.decisions_followed").fetchall())
    if not made and not followed:
        return
    status = dict(con.execute("SELECT load_no, status FROM meta.deliveries").fetchall())
    deliveries = list(deliveries)
    force, counted = decisions.in_force(made, deliveries), Counter(d.place for d in made)
    for arrival in deliveries:
        n_decisions = sum(counted[place] for place in decisions.places_of(arrival))
        if n_decisions == followed.get(arrival.load_no, 0):
            continue
        decision = force.get(arrival.load_no)
        con.begin()
        if decision is not None and decision.action == SET_ASIDE:
            say(f"setting {arrival.site}/{arrival.export}/{arrival.delivery} aside")
            take_out(con, arrival.export, arrival.load_no)
            tables.record(con, arrival, STATUS, by_hand(decision))
        elif status.get(arrival.load_no) == STATUS:
            con.execute("DELETE FROM meta.deliveries WHERE load_no = ?", [arrival.load_no])
        con.execute("DELETE FROM meta.decisions_followed WHERE load_no = ?", [arrival.load_no])
        con.execute("INSERT INTO meta.decisions_followed VALUES (?, ?)", [arrival.load_no, n_decisions])
        con.commit()


def forget_followed(con: duckdb.DuckDBPyConnection) -> None:
    """Make the next refresh apply every decision again, for a rebuild from the archive."""
    con.execute("DROP TABLE IF EXISTS meta.decisions_followed")


def take_out(con: duckdb.DuckDBPyConnection, export: str, load_no: int) -> None:
    """Delete a delivery's rows and its record, and write the patients of these rows to the change log."""
    number = [load_no]
    if export == ANSWERS:
        create_table(con)
        con.execute(f"DELETE FROM raw.{ANSWERS} WHERE load_no = ?", number)  # noqa: S608 (own name)
    elif export in EXPORTS:
        theirs = f"FROM raw.{export} WHERE row_id >> {tables.LINE_BITS} = {load_no}"
        change_log.create(con)
        change_log.record_change(con, f"SELECT site, patient_id {theirs}")
        con.execute(f"DELETE {theirs}")
        con.execute(f"DELETE FROM raw.{export}_gone WHERE load_no = ?", number)  # noqa: S608 (an export's name)
        if table_exists(con, "raw", f"{export}_held"):
            con.execute(f"DELETE {theirs.replace(f'raw.{export}', f'raw.{export}_held')}")
        for table in FACTS:
            if table_exists(con, "meta", table):
                con.execute(f"DELETE FROM meta.{table} WHERE load_no = ?", number)  # noqa: S608 (own names)
        if table_exists(con, "meta", "snapshot_steps"):
            con.execute("DELETE FROM meta.snapshot_steps WHERE before_no = ?", number)
    con.execute("DELETE FROM meta.deliveries WHERE load_no = ?", number)


def by_hand(decision: Decision) -> str:
    """Return why the arrival is set aside, in words that may be published; the reason given stays in the archive."""
    return f"Set aside by {decision.by} on {decision.at[:10]}; `registry set-aside --undo` brings it back."


def _create(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("CREATE TABLE IF NOT EXISTS meta.decisions_followed (load_no INTEGER, n_decisions BIGINT)")
