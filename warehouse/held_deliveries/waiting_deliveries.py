"""Which deliveries wait now, as the build database tells.

What belongs here: asking it without holding anybody up. What does not: telling (site_notes.py).
"""

import duckdb

from warehouse.held_deliveries.hold_back import WAITING
from warehouse.releases.query import open_release
from warehouse.releases.release import current_release
from warehouse.storage.home import Home

ASKED = "SELECT load_no FROM meta.deliveries WHERE status = ?"


def asked_now(con: duckdb.DuckDBPyConnection) -> set[int]:
    """As the build database has it."""
    return {load_no for (load_no,) in con.execute(ASKED, [WAITING]).fetchall()}


def waiting_now(home: Home) -> set[int]:
    """Numbers of the arrivals that wait; of the current release where the build database is in use or gone."""
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
