"""Looks at a file as a refresh opens it: how it was read, its columns, and which of them nothing reads."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

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
from warehouse.sources.deliveries import Delivery, dictionaries_of
from warehouse.storage.errors import ArchiveDamaged, DeliveryRejected, RegistryError
from workflows.check_results import HowRead

if TYPE_CHECKING:
    from warehouse.sources.site_mapping import Feed

OF_NO_TABLE = {"cbioportal": "cBioPortal study", "fhir": "FHIR", "vcf": "VCF"}
"""Kinds of sources whose files are no tables, and what their files are called."""
PROJECT_XML = "REDCap project XML"
REDCAP_LABELS = {"event name", "repeat instrument", "repeat instance", "data access group", "complete?"}
"""Names in the headers of REDCap's label exports, in lower case, that hardly occur as cells."""


def looks(con: duckdb.DuckDBPyConnection, archive: Archive, deliveries: Iterable[Arrival]) -> list[HowRead]:
    """Return how one file is opened for each of its sources; `deliveries` are the file's. Nothing is loaded."""
    found: dict[str, HowRead] = {}
    for delivery in deliveries:
        if delivery.tombstone is not None or delivery.export not in EXPORTS:
            continue
        with suppress(ArchiveDamaged, DeliveryRejected), archive.plain(delivery) as path:
            texts = dictionaries_of(archive, delivery)
            for name, reading, feed in _readings(delivery):
                if name not in found:
                    how = _look(con, path, name, reading, feed, delivery)
                    found[name] = how if feed is None else _with_field_names(how, feed, texts.get(name))
    return list(found.values())


def _readings(delivery: Arrival) -> "list[tuple[str, Reading, Feed | None]]":
    if not isinstance(delivery, Delivery):
        return [("", AS_USUAL, None)]
    from warehouse.sources.open_mapped import reading_of

    return [(feed.source_name, reading_of(feed), feed) for feed in delivery.feeds]


def _with_field_names(how: HowRead, feed: "Feed", dictionary: str | None) -> HowRead:
    """Return the same with names of fields, where the header of a REDCap export has labels."""
    if feed.source.kind != "redcap" or dictionary is None or not how.columns:
        return how
    from warehouse.sources.named_columns import named_columns
    from warehouse.sources.redcap_layout import read_layout
    from warehouse.sources.site_dictionary import read_project_dictionary

    with suppress(RegistryError):  # loading it says what is wrong
        named = named_columns(feed).all_written
        layout = read_layout(how.columns, named, read_project_dictionary(dictionary), "")
        return replace(how, columns=list(layout.names))
    return how


def _look(
    con: duckdb.DuckDBPyConnection, path: Path, name: str, reading: Reading, feed: "Feed | None", delivery: Arrival
) -> HowRead:
    if feed is not None and feed.source.kind == "redcap":
        from warehouse.sources.redcap_odm import is_odm, odm_to_flat

        if is_odm(path):
            with suppress(DeliveryRejected, duckdb.Error):
                flat = path.with_name("flat.csv")
                odm_to_flat(path, flat)
                return HowRead(name, PROJECT_XML, columns=open_source(con, flat).header)
            return HowRead(name, PROJECT_XML)
    if feed is not None and feed.source.kind in OF_NO_TABLE:
        return HowRead(name, OF_NO_TABLE[feed.source.kind])
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
    is_redcap = isinstance(delivery, Delivery) and any(feed.source.kind == "redcap" for feed in delivery.feeds)
    if is_redcap and {plain(name) for name in source.header} & REDCAP_LABELS:
        return True
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
