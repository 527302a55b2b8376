"""Finds retracted rows that a later delivery has again, so that they count."""

from collections import Counter
from contextlib import suppress

import duckdb

from schemas.export import Export
from schemas.exports import EXPORTS
from warehouse.archive import corrections
from warehouse.archive.corrections import Correction
from warehouse.raw.key_lives import RETRACTED, delivered_text
from warehouse.raw.row_numbers import LINE_BITS
from warehouse.readers.near_names import shown
from warehouse.storage.connection import read_build, table_exists
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home

Row = tuple[str, str, tuple[str, ...]]
"""Site, export and key as delivered."""


def row_of(correction: Correction) -> Row:
    """Return the row that a retraction names."""
    return correction.site, correction.export, correction.key


def delivered_again(con: duckdb.DuckDBPyConnection) -> dict[Row, str]:
    """Return the newest delivery that has each retracted row again, from the build database."""
    found: dict[Row, str] = {}
    if table_exists(con, "raw", "retracted"):
        for export in EXPORTS.values():
            for site, delivered, delivery in con.execute(_again(export)).fetchall():
                key = tuple("" if cell == chr(30) else cell for cell in delivered.split(chr(31)))
                found[site, export.name, key] = delivery
    return found


def _again(export: Export) -> str:
    return f"""
        WITH retracted AS (
            SELECT site, key_hash, delivered, max((file_name, load_no)) AS place FROM {RETRACTED}
            WHERE export = '{export.name}' GROUP BY ALL
        )
        SELECT x.site, x.delivered, max_by(d.delivery, (d.file_name, d.load_no))
        FROM retracted x
        JOIN (SELECT row_id, site, key_hash, {delivered_text(export)} AS delivered FROM raw.{export.name}) r
        USING (site, key_hash, delivered)
        JOIN meta.deliveries d ON d.load_no = r.row_id >> {LINE_BITS} AND d.export = '{export.name}'
        WHERE (d.file_name, d.load_no) > x.place GROUP BY ALL ORDER BY ALL
    """  # noqa: S608 (identifiers from the contract)


def delivered_again_at_rest(home: Home) -> dict[Row, str]:
    """Like delivered_again, but empty while a refresh runs or if the build database cannot be opened."""
    with suppress(duckdb.Error, OSError, RegistryError):
        if corrections.retractions(corrections.read(home)):
            with read_build(home) as con:
                return delivered_again(con)
    return {}


def sentences(home: Home) -> list[str]:
    """Return a sentence about each delivery that has retracted rows again, from the build database at rest."""
    again = Counter((site, export, delivery) for (site, export, _), delivery in delivered_again_at_rest(home).items())
    return [
        f"{site}/{export}/{shown(delivery)} has {n:,} retracted row{'' if n == 1 else 's'} again, which "
        f"count{'s' if n == 1 else ''}. `registry corrections {site}` lists what is in force."
        for (site, export, delivery), n in sorted(again.items())
    ]
