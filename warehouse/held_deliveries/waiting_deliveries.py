"""Lists the deliveries that wait now, according to the build database, without blocking anybody who writes to it."""

import duckdb

from warehouse.held_deliveries.hold_back import WAITING
from warehouse.releases.query import open_release
from warehouse.releases.release import current_release
from warehouse.storage.home import Home

ASKED = "SELECT load_no FROM meta.deliveries WHERE status = ?"


def asked_now(con: duckdb.DuckDBPyConnection) -> set[int]:
    """Return the numbers of the arrivals that wait according to the build database."""
    return {load_no for (load_no,) in con.execute(ASKED, [WAITING]).fetchall()}


def waiting_now(home: Home) -> set[int]:
    """Return the numbers of the arrivals that wait, from the current release if the build database cannot be read."""
    try:
        with duckdb.connect(str(home.build_database), read_only=True) as con:
            return asked_now(con)
    except duckdb.Error:
        release = current_release(home)
        if release is None:
            return set()
        with open_release(release) as con:
            rows = con.execute("SELECT load_id FROM meta.loads WHERE status = ?", [WAITING]).fetchall()
        return {int(load_id[1:]) for (load_id,) in rows}
