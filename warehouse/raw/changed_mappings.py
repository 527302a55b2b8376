"""Takes deliveries that a new site.toml reads in another way out of the raw tables, so that they are loaded again.

A site.toml holds for all deliveries of its site, old ones too.
"""

from collections.abc import Iterable

import duckdb

from warehouse.archive.arrivals import Arrival
from warehouse.raw.set_aside import take_out
from warehouse.sources.deliveries import mapping_of


def take_out_others(con: duckdb.DuckDBPyConnection, deliveries: Iterable[Arrival]) -> None:
    """Take out what is none of the deliveries any more, or was read with another mapping."""
    now = {one.load_no: (one.export, mapping_of(one)) for one in deliveries}
    for load_no, export, mapping in con.execute("SELECT load_no, export, mapping FROM meta.deliveries").fetchall():
        if now.get(load_no) != (export, mapping):
            con.begin()
            take_out(con, export, load_no)
            con.commit()
