"""Opens a file as the canonical columns of one export, as its feeds say."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import duckdb

from schemas.exports import EXPORTS
from warehouse.readers.open_file import open_source
from warehouse.readers.reading import Reading
from warehouse.readers.redacted import open_kept
from warehouse.readers.source import Source
from warehouse.sources.deliveries import UNREAD, UNREAD_CURE, Delivery
from warehouse.sources.mapping import Mapped, map_columns
from warehouse.sources.prepared import Prepared
from warehouse.sources.site_mapping import Feed
from warehouse.storage.errors import DeliveryRejected, RegistryError

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
    if not delivery.feeds:
        raise DeliveryRejected(UNREAD, UNREAD_CURE)
    parts = []
    for feed in delivery.feeds:
        source = open_part(con, path, feed, delivery.tombstone is not None)
        prepared = prepare(con, source, feed, dictionaries)
        if narrow is not None:  # what rows are can depend on the others, so all are prepared
            prepared = replace(prepared, source=narrow(reading_of(feed), prepared.source))
        parts.append(map_columns(prepared, feed))
    return parts[0] if len(parts) == 1 else together(parts, delivery.export)


def open_part(con: duckdb.DuckDBPyConnection, path: Path, feed: Feed, is_kept: bool = False) -> Source:
    """Return what a feed reads of the file, or of what was kept of it. Raises DeliveryRejected if it cannot.

    Each way of reading has a folder of its own, since a reader writes copies beside the file, such as of a sheet. A
    REDCap project's XML holds its data dictionary, so none is needed beside it.
    """
    reading = reading_of(feed)
    if is_kept:
        return open_kept(con, path, reading)
    place = place_of(path, reading)
    place.parent.mkdir(exist_ok=True)
    if not place.exists():
        place.symlink_to(path.resolve())
    if feed.source.kind == "redcap":
        from warehouse.sources.redcap_odm import dictionary_of, is_odm, odm_to_flat
        from warehouse.sources.stored_dictionary import as_text

        if is_odm(place):
            flat = place.with_name("flat.csv")
            odm_to_flat(place, flat)
            about = as_text(dictionary_of(place))
            return replace(open_source(con, flat), remark="Read from the project's XML.", about=about)
    return open_source(con, place, reading)


def place_of(path: Path, reading: Reading) -> Path:
    """Return where a file is opened for that reading."""
    return path.parent / sha256(repr(reading).encode()).hexdigest()[:16] / path.name


def open_prepared(con: duckdb.DuckDBPyConnection, path: Path, feed: Feed, dictionaries: Mapping[str, str]) -> Prepared:
    """Return the file at `path` as the feed's source reads it, with what the source's kind adds.

    Raises DeliveryRejected if it cannot be read so.
    """
    return prepare(con, open_part(con, path, feed), feed, dictionaries)


def columns_of(con: duckdb.DuckDBPyConnection, path: Path, feed: Feed, dictionaries: Mapping[str, str]) -> list[str]:
    """Return the names that a mapping may use for the file's columns. Raises DeliveryRejected if it cannot be read."""
    try:
        names = list(open_prepared(con, path, feed, dictionaries).source.header)
    except DeliveryRejected:  # loading it says why
        names = []
    with suppress(DeliveryRejected):
        names += open_source(con, path, reading_of(feed)).header
    return names


def reading_of(feed: Feed) -> Reading:
    """Return how a feed's files are read."""
    source = feed.source
    return Reading(source.encoding, source.delimiter, source.sheet, source.header_row)


def prepare(con: duckdb.DuckDBPyConnection, source: Source, feed: Feed, dictionaries: Mapping[str, str]) -> Prepared:
    """Return the source with what its kind adds. Raises DeliveryRejected if it does not fit its data dictionary."""
    if feed.source.kind != "redcap":
        return Prepared(source)
    from warehouse.sources.redcap_dictionary import read_dictionary
    from warehouse.sources.redcap_flat import prepare as prepare_redcap
    from warehouse.sources.stored_dictionary import from_text

    if source.about:
        return prepare_redcap(con, source, feed, from_text(source.about))
    text = dictionaries.get(feed.source_name)
    try:
        return prepare_redcap(con, source, feed, read_dictionary(text) if text is not None else None)
    except DeliveryRejected:
        raise
    except RegistryError as error:
        raise DeliveryRejected(error.message, error.cure) from None


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
