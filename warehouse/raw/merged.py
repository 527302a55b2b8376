"""Makes a patient's numbers that were merged read as one, in the rows of every delivery of the site.

What a number reads as is decided where rows are read, before their keys are made (aliases.py); the raw row keeps
the number as delivered in delivered_as. When a merge comes or goes, the deliveries that hold the number are
taken out and read again.
"""

from collections.abc import Callable

import duckdb

from schemas.exports import EXPORTS
from warehouse.archive.archive import Archive
from warehouse.archive.corrections import merges
from warehouse.raw.row_numbers import LINE_BITS
from warehouse.raw.set_aside import take_out
from warehouse.storage.connection import table_exists
from warehouse.storage.sql_files import sql_text

FOLLOWED = "meta.merges_followed"
Say = Callable[[str], None]


def follow_merges(con: duckdb.DuckDBPyConnection, archive: Archive, say: Say = lambda _: None) -> None:
    """Take the deliveries out of the raw tables that hold a number whose merge was recorded or undone since."""
    con.execute(f"CREATE TABLE IF NOT EXISTS {FOLLOWED} (site VARCHAR, old VARCHAR, new VARCHAR)")
    followed = set(con.execute(f"FROM {FOLLOWED}").fetchall())
    in_force = {(one.site, one.old, one.new) for one in merges(archive.corrected)}
    moved: dict[str, set[str]] = {}
    for site, old, _ in followed ^ in_force:
        moved.setdefault(site, set()).add(old)
    for site, numbers in sorted(moved.items()):
        for export, load_no, delivery in _deliveries_with(con, site, numbers):
            say(f"reading {site}/{export}/{delivery} again")
            con.begin()
            take_out(con, export, load_no)
            con.commit()
    if moved:
        con.begin()
        con.execute(f"DELETE FROM {FOLLOWED}")  # noqa: S608 (own name)
        for merge in sorted(in_force):
            con.execute(f"INSERT INTO {FOLLOWED} VALUES (?, ?, ?)", list(merge))  # noqa: S608
        con.commit()


def _deliveries_with(con: duckdb.DuckDBPyConnection, site: str, numbers: set[str]) -> list[tuple[str, int, str]]:
    """Return export, load_no and name of the site's deliveries with a row that was delivered under one of the numbers.

    Of rows that a filter leaves out only the keys are kept, so deliveries with such rows count too.
    """
    listed = ", ".join(map(sql_text, sorted(numbers)))
    found: list[tuple[str, int, str]] = []
    for name in EXPORTS:
        held = [table for table in (name, f"{name}_held") if table_exists(con, "raw", table)]
        loads = " UNION ".join(
            f"SELECT row_id >> {LINE_BITS} AS load_no FROM raw.{table} "  # noqa: S608 (own names)
            f"WHERE site = $site AND (patient_id IN ({listed}) OR delivered_as IN ({listed}))"
            for table in held
        )
        gone = f"SELECT load_no FROM raw.{name}_gone WHERE site = $site"  # noqa: S608 (own names)
        found += con.execute(
            f"SELECT export, load_no, delivery FROM meta.deliveries WHERE export = '{name}' "  # noqa: S608
            f"AND load_no IN ({loads} UNION {gone}) ORDER BY load_no",
            {"site": site},
        ).fetchall()
    return found
