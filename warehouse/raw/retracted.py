"""Lists the keys that somebody retracted, for the history: raw.retracted.

A retraction names a key as the site delivered it and a file. Rows of that key in that file, and in every delivery that
is read before it, count as withdrawn, as a life of the key of their own (key_lives.py); a delivery that is read later
and has the key begins another life, which inherits nothing. A file that is set aside, or waits, still says where in the
order a retraction stands.
"""

from collections.abc import Iterable, Mapping

import duckdb
import polars as pl

from schemas.export import Export
from schemas.exports import EXPORTS
from warehouse.archive.archive import Archive
from warehouse.archive.arrivals import Arrival
from warehouse.archive.corrections import Aliases, Correction, Place, aliases, retractions
from warehouse.raw.key_lives import RETRACTED, delivered_text
from warehouse.raw.tables import key_part
from warehouse.sources.deliveries import number_in


def write_retracted(con: duckdb.DuckDBPyConnection, archive: Archive) -> None:
    """Write raw.retracted: one row per retraction in force. file_name and load_no are its place in the order of the
    deliveries; delivered is its key as delivered, key_hash that of its rows, a merged number as it is read.
    """
    write(con, archive.corrected, archive.arrivals)


def write(con: duckdb.DuckDBPyConnection, made: list[Correction], arrivals: Iterable[Arrival]) -> None:
    """Do what write_retracted does for the corrections `made`."""
    con.execute(
        f"CREATE OR REPLACE TABLE {RETRACTED} (retraction_no INTEGER, export VARCHAR, site VARCHAR, key_hash UBIGINT, "
        "delivered VARCHAR, file_name VARCHAR, load_no BIGINT)"
    )
    stands = list(enumerate(retractions(made)))
    if not stands:
        return
    files = {(a.site, a.export, a.delivery, a.sha256): a for a in arrivals}
    read = {site: aliases(made, site) for site in {one.site for _, one in stands}}
    for export in EXPORTS.values():
        theirs = [(n, one) for n, one in stands if one.export == export.name and one.place in files]
        if theirs:
            _insert(con, export, theirs, files, read)


def _insert(
    con: duckdb.DuckDBPyConnection,
    export: Export,
    theirs: list[tuple[int, Correction]],
    files: Mapping[Place, Arrival],
    read: Mapping[str, Aliases],
) -> None:
    rows = []
    for number, one in theirs:
        file = files[one.place]
        cells = [cell or None for cell in one.key]
        as_read = [read[one.site].get(one.key[0], one.key[0]), *cells[1:]]
        rows.append((number, one.site, *as_read, cells[0], file.file_name, number_in(export.name, file)))
    schema = {"retraction_no": pl.Int32, "site": pl.String} | {name: pl.String for name in export.key}
    schema |= {"delivered_as": pl.String, "file_name": pl.String, "load_no": pl.Int64}
    con.register("retractions_now", pl.DataFrame(rows, schema=schema, orient="row").to_arrow())
    key = ", ".join(key_part(name) for name in export.key)
    con.execute(
        f"INSERT INTO {RETRACTED} SELECT retraction_no, '{export.name}', site, hash(site, {key}), "  # noqa: S608
        f"{delivered_text(export)}, file_name, load_no FROM retractions_now"
    )
    con.unregister("retractions_now")
