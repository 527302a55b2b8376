"""Reads the rows of open entries from the site's own files, where a mapping made canonical rows of them.

The build database holds canonical cells only; the site's query sheet also shows the row as the site knows it.
"""

from contextlib import suppress

import duckdb

from warehouse.archive.archive import Archive
from warehouse.intake.deliveries import site_deliveries
from warehouse.readers.cells import trim_sql
from warehouse.readers.source import column_names
from warehouse.sources.deliveries import Delivery
from warehouse.storage.connection import settings
from warehouse.storage.errors import ArchiveDamaged, DeliveryRejected

Place = tuple[str, str, int]
"""Export, delivery and line."""
OPEN = """
    SELECT export, delivery, list(DISTINCT line ORDER BY line) FROM quality.quarantine
    WHERE site = ? AND answer IS NULL GROUP BY export, delivery
"""


def rows_as_delivered(con: duckdb.DuckDBPyConnection, archive: Archive, site: str) -> dict[Place, str]:
    """Return the filled cells of each mapped row with an open entry as `name: value; name: value`.

    A file that can no longer be read gives none: its entries are shown with their canonical cells alone.
    """
    lines = {(export, delivery): asked for export, delivery, asked in con.execute(OPEN, [site]).fetchall()}
    found: dict[Place, str] = {}
    with duckdb.connect(config=settings(archive.home.scratch)) as own:
        for one in site_deliveries(archive):
            if isinstance(one, Delivery) and one.site == site and one.feeds:
                asked = lines.get((one.export, one.delivery), [])
                with suppress(DeliveryRejected, ArchiveDamaged):
                    found |= {(one.export, one.delivery, line): row for line, row in _rows(own, archive, one, asked)}
    return found


def _rows(
    con: duckdb.DuckDBPyConnection, archive: Archive, delivery: Delivery, lines: list[int]
) -> list[tuple[int, str]]:
    from warehouse.readers.open_file import open_source
    from warehouse.readers.redacted import open_kept
    from warehouse.sources.open_mapped import reading_of

    if not lines:
        return []
    with archive.plain(delivery) as path:
        source = open_kept(con, path) if delivery.tombstone else open_source(con, path, reading_of(delivery.feeds[0]))
        cells = ", ".join(trim_sql(name) for name in column_names(len(source.header)))
        rows = con.execute(
            f"SELECT line, {cells} FROM (SELECT *, {source.line} AS line FROM {source.relation}) "  # noqa: S608
            "WHERE list_contains(?, line)",
            [lines],
        ).fetchall()
    return [(line, _readable(source.header, row)) for line, *row in rows]


def _readable(header: list[str], cells: list[str | None]) -> str:
    return "; ".join(f"{name.strip()}: {cell}" for name, cell in zip(header, cells, strict=True) if cell is not None)
