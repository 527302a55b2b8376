"""Looks at a file as a refresh opens it: how it was read, its columns, and which of them nothing reads."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import duckdb

from schemas.exports import EXPORTS
from warehouse.archive.archive import Archive
from warehouse.archive.arrivals import Arrival
from warehouse.readers.cells import WHITE_SPACE
from warehouse.readers.formats import format_within
from warehouse.readers.open_file import open_source
from warehouse.readers.reading import AS_USUAL, Reading
from warehouse.readers.refusals import looks_like_data
from warehouse.readers.source import Source
from warehouse.sources.deliveries import Delivery
from warehouse.storage.errors import ArchiveDamaged, DeliveryRejected
from workflows.check_results import HowRead

PROJECT_XML = "REDCap project XML"


def looks(con: duckdb.DuckDBPyConnection, archive: Archive, deliveries: Iterable[Arrival]) -> list[HowRead]:
    """Return how one file is opened for each of its sources; `deliveries` are the file's. Nothing is loaded."""
    found: dict[str, HowRead] = {}
    for delivery in deliveries:
        if delivery.tombstone is not None or delivery.export not in EXPORTS:
            continue
        with suppress(ArchiveDamaged, DeliveryRejected), archive.plain(delivery) as path:
            for name, reading, is_redcap in _readings(delivery):
                if name not in found:
                    found[name] = _look(con, path, name, reading, is_redcap, delivery)
    return list(found.values())


def _readings(delivery: Arrival) -> list[tuple[str, Reading, bool]]:
    if not isinstance(delivery, Delivery):
        return [("", AS_USUAL, False)]
    from warehouse.sources.open_mapped import reading_of

    return [(feed.source_name, reading_of(feed), feed.source.kind == "redcap") for feed in delivery.feeds]


def _look(
    con: duckdb.DuckDBPyConnection, path: Path, name: str, reading: Reading, is_redcap: bool, delivery: Arrival
) -> HowRead:
    if is_redcap:
        from warehouse.sources.redcap_odm import is_odm, odm_to_flat

        if is_odm(path):
            with suppress(DeliveryRejected, duckdb.Error):
                flat = path.with_name("flat.csv")
                odm_to_flat(path, flat)
                return HowRead(name, PROJECT_XML, columns=open_source(con, flat).header)
            return HowRead(name, PROJECT_XML)
    kind = format_within(path)
    try:
        source = open_source(con, path, reading)
    except (DeliveryRejected, duckdb.Error):
        return HowRead(name, kind or "", reading.encoding if kind == "csv" else "")
    is_header = source.header_row is None or _is_header(source, delivery)
    return HowRead(
        name,
        kind or "",
        reading.encoding if kind == "csv" else "",
        source.delimiter,
        source.sheet,
        source.header_row,
        source.header if is_header else (),
        [source.header[place] for place in source.labels] if is_header else (),
    )


def _is_header(source: Source, delivery: Arrival) -> bool:
    """Return whether the first line is a header for sure: it may be a row of data, whose cells are not shown."""
    return bool(read_names(delivery, source.header)) and not looks_like_data(source.header)


def read_names(delivery: Arrival, header: Iterable[str]) -> set[str]:
    """Return the names in a header that the delivery's export reads, trimmed and in lower case."""
    header = list(header)
    there = {plain(name): name for name in header}
    if not isinstance(delivery, Delivery):
        return {name for name in there if name in EXPORTS[delivery.export].column_names}
    from warehouse.sources.named_columns import named_columns

    read: set[str] = set()
    for feed in delivery.feeds:
        read |= {plain(name) for name in named_columns(feed).read_of(header)}
        if feed.source.kind == "redcap":
            read |= {name for name in there if name.startswith("redcap_") or name.endswith("_complete")}
    return read


def missing(delivery: Arrival, header: Iterable[str]) -> list[str]:
    """Return the canonical columns that a file with this header does not provide to the delivery's export."""
    header, export = list(header), EXPORTS[delivery.export]
    there = {plain(name) for name in header}
    if not isinstance(delivery, Delivery):
        return [name for name in export.column_names if name not in there]
    provided: set[str] = set()
    for feed in delivery.feeds:
        mapping = feed.mapping
        provided |= {name for block in mapping.repeat for name in (block.column, *block.columns)}
        for name in export.column_names:
            column = mapping.columns.get(name)
            sources = column.from_ if column is not None and column.from_ else (name,)
            is_made = column is not None and (column.value is not None or bool(column.join))
            if is_made or there & {plain(one) for one in sources}:
                provided.add(name)
    return [name for name in export.column_names if name not in provided]


def plain(name: str) -> str:
    """Return a column's name as names are compared."""
    return name.strip(WHITE_SPACE).casefold()
