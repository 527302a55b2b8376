"""Opens a file as the canonical columns of one export, as its feeds say."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import duckdb

from schemas.exports import EXPORTS
from warehouse.readers.open_file import open_source
from warehouse.readers.reading import Reading
from warehouse.readers.redacted import open_kept
from warehouse.readers.source import Source
from warehouse.sources.deliveries import Delivery
from warehouse.sources.mapping import Mapped, map_columns
from warehouse.sources.prepared import Prepared
from warehouse.sources.site_mapping import Feed
from warehouse.storage.errors import DeliveryRejected

Narrow = Callable[[Reading, Source], Source]
"""Returns a source with some of its rows only, each with its line."""


def open_mapped(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    delivery: Delivery,
    dictionaries: Mapping[str, str],
    narrow: Narrow | None = None,
) -> Mapped:
    """Return the file at `path` as the delivery's export; `dictionaries` holds the text of each source's.

    With `narrow`, only some of the rows are mapped. Raises DeliveryRejected if the file cannot be read so.
    """
    parts = []
    for feed in delivery.feeds:
        source = open_part(con, path, feed, delivery.tombstone is not None)
        prepared = prepare(con, source, feed, dictionaries)
        if narrow is not None:  # what rows are can depend on the others, so all are prepared
            prepared = replace(prepared, source=narrow(reading_of(feed), prepared.source))
        parts.append(map_columns(prepared, feed))
    return parts[0] if len(parts) == 1 else together(parts, delivery.export)


def open_part(con: duckdb.DuckDBPyConnection, path: Path, feed: Feed, is_kept: bool) -> Source:
    """Return what a feed reads of the file, or of what was kept of it. Raises DeliveryRejected if it cannot."""
    reading = reading_of(feed)
    return open_kept(con, path, reading) if is_kept else open_source(con, _own_place(path, reading), reading)


def _own_place(path: Path, reading: Reading) -> Path:
    """Return the file in a folder of its own for that reading: a reader writes copies beside it, such as of a sheet."""
    place = path.parent / sha256(repr(reading).encode()).hexdigest()[:16] / path.name
    place.parent.mkdir(exist_ok=True)
    if not place.exists():
        os.link(path, place)
    return place


def columns_of(con: duckdb.DuckDBPyConnection, path: Path, feed: Feed, dictionaries: Mapping[str, str]) -> list[str]:
    """Return the names that a mapping may use for the file's columns. Raises DeliveryRejected if it cannot be read."""
    source = open_source(con, path, reading_of(feed))
    try:
        return [*source.header, *prepare(con, source, feed, dictionaries).source.header]
    except DeliveryRejected:  # loading it says why
        return source.header


def reading_of(feed: Feed) -> Reading:
    """Return how a feed's files are read."""
    source = feed.source
    return Reading(source.encoding, source.delimiter, source.sheet, source.header_row)


def prepare(con: duckdb.DuckDBPyConnection, source: Source, feed: Feed, dictionaries: Mapping[str, str]) -> Prepared:
    """Return the source with what its kind adds."""
    return Prepared(source)


def together(parts: Sequence[Mapped], export: str) -> Mapped:
    """Return the rows of several feeds of one file as one: two sheets of a workbook, for example."""
    names = [name for name in EXPORTS[export].column_names if any(name in part.source.header for part in parts)]
    slots: list[str] = []
    selects, lines = [], []
    n_slots = sum(max(len(part.slots), 1) for part in parts)
    for part in parts:
        own, header = max(len(part.slots), 1), part.source.header
        number = f"((line - 1) // {own}) * {n_slots} + {len(slots)} + (line - 1) % {own} + 1"
        cells = [f"c{header.index(n)} AS c{i}" if n in header else f"NULL AS c{i}" for i, n in enumerate(names)]
        selects.append(f"SELECT {number} AS line, {', '.join(cells)} FROM {part.source.relation}")  # noqa: S608
        lines.append(f"FROM {part.lines}")
        slots += part.slots or [f"part {len(selects)}"]
    origins = {name: origin for part in reversed(parts) for name, origin in part.origins.items()}
    counts = [part.source.n_records for part in parts]
    n_records = None if any(n is None for n in counts) else sum(n for n in counts if n is not None)
    source = replace(
        parts[0].source,
        header=names,
        relation=f"({' UNION ALL '.join(selects)})",
        n_records=n_records,
        count_again=None,
        remark=" ".join(dict.fromkeys(part.source.remark for part in parts if part.source.remark)),
    )
    return Mapped(
        source, tuple(slots), f"({' UNION ALL '.join(lines)})", origins, any(part.leaves_out for part in parts)
    )
