"""Reads the rows of open entries from the site's own files, where a mapping made canonical rows of them.

The build database holds canonical cells only; the site's query sheet also shows the row as the site knows it, without
the fields that the site's data dictionary marks as identifiers.
"""

from collections.abc import Iterable
from contextlib import suppress
from itertools import compress

import duckdb

from warehouse.archive.archive import Archive
from warehouse.intake.deliveries import site_deliveries
from warehouse.readers.cells import trim_sql
from warehouse.readers.source import column_names
from warehouse.sources.deliveries import Delivery, dictionaries_of
from warehouse.storage.connection import settings
from warehouse.storage.errors import ArchiveDamaged, DeliveryRejected
from warehouse.storage.hashing import columns_of

Place = tuple[str, str, int]
"""Export, delivery and line."""
OPEN = """
    SELECT export, delivery, list(DISTINCT line ORDER BY line) FROM quality.quarantine
    WHERE site = ? AND answer IS NULL GROUP BY export, delivery
"""


def rows_as_delivered(con: duckdb.DuckDBPyConnection, archive: Archive, site: str) -> dict[Place, str]:
    """Return the filled cells of each mapped row with an open entry as `name: value; name: value`.

    A file that can no longer be read gives none: its entries are shown with their canonical cells alone. Without
    entries, as between an erasure and the next refresh, there are none.
    """
    if "answer" not in {name for name, _ in columns_of(con, "quality", "quarantine")}:
        return {}
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
    from warehouse.sources.open_mapped import check_dictionary_came, open_part, prepare

    if not lines:
        return []
    feed, dictionaries = delivery.feeds[0], dictionaries_of(archive, delivery)
    with archive.plain(delivery) as path:
        opened = open_part(con, path, feed, delivery.tombstone is not None)
        check_dictionary_came(opened, feed, dictionaries)
        prepared = prepare(con, opened, feed, dictionaries)
        source = prepared.source
        cells = ", ".join(trim_sql(name) for name in column_names(len(source.header)))
        rows = con.execute(
            f"SELECT line, {cells} FROM (SELECT *, {source.line} AS line FROM {source.relation}) "  # noqa: S608
            "WHERE list_contains(?, line)",
            [lines],
        ).fetchall()
    shown = [name not in prepared.invented for name in source.header]
    return [(line, _readable(compress(source.header, shown), compress(row, shown))) for line, *row in rows]


def _readable(header: Iterable[str], cells: Iterable[str | None]) -> str:
    return "; ".join(f"{name.strip()}: {cell}" for name, cell in zip(header, cells, strict=True) if cell is not None)
