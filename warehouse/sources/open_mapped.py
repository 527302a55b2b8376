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
from warehouse.readers.rejecting import rejecting
from warehouse.readers.source import Source
from warehouse.sources.deliveries import UNREAD, UNREAD_CURE, Delivery
from warehouse.sources.kinds import kind_of
from warehouse.sources.mapping import Mapped, map_columns
from warehouse.sources.prepared import Prepared, prepared_before
from warehouse.sources.site_mapping import Feed
from warehouse.storage.errors import BeyondHeader, DeliveryRejected

BELOW_TITLES = (
    "If the header is below that row, or in it, write its row as header_row of this source into site.toml; else name "
    "the column in the header, or clear the cell."
)
OF_CALLS = ("cbioportal", "maf", "vcf")
"""Kinds whose dictionary says what was tested, which the file itself may not say."""
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
        check_dictionary_came(source, feed, dictionaries)
        prepared = prepare(con, source, feed, dictionaries)
        if narrow is not None:  # what rows are can depend on the others, so all are prepared
            prepared = replace(prepared, source=narrow(reading_of(feed), prepared.source))
        parts.append(map_columns(prepared, feed))
    return parts[0] if len(parts) == 1 else together(parts, delivery.export)


def open_part(con: duckdb.DuckDBPyConnection, path: Path, feed: Feed, is_kept: bool = False) -> Source:
    """Return what a feed reads of the file, or of what was kept of it. Raises DeliveryRejected if it cannot.

    Each way of reading has a folder of its own, since a reader writes copies beside the file, such as of a sheet.
    """
    reading = reading_of(feed)
    if is_kept:
        return open_kept(con, path, reading, feed.name)
    place = place_of(path, reading)
    place.parent.mkdir(exist_ok=True)
    if not place.exists():
        place.symlink_to(path.resolve())
    try:
        with rejecting():
            return kind_of(feed.source.kind).open_file(con, place, reading)
    except BeyondHeader as rejection:
        raise DeliveryRejected(rejection.message, BELOW_TITLES) from None


def check_dictionary_came(source: Source, feed: Feed, dictionaries: Mapping[str, str]) -> None:
    """Raise DeliveryRejected if site.toml names a dictionary that never came: identifiers would be loaded."""
    name = feed.source.dictionary
    brings_its_own = feed.source.kind == "table" or (source.about and feed.source.kind not in OF_CALLS)
    if name is not None and not brings_its_own and feed.source_name not in dictionaries:
        raise DeliveryRejected(
            f"{name}, the dictionary of [sources.{feed.source_name}] in site.toml, has not come, so it is not known "
            "what may be loaded.",
            "Put it beside site.toml; if it lies there, the refresh says why it waits.",
        )


def place_of(path: Path, reading: Reading) -> Path:
    """Return where a file is opened for that reading."""
    return path.parent / sha256(repr(reading).encode()).hexdigest()[:16] / path.name


def open_prepared(con: duckdb.DuckDBPyConnection, path: Path, feed: Feed, dictionaries: Mapping[str, str]) -> Prepared:
    """Return the file at `path` as the feed's source reads it, with what the source's kind adds.

    Raises DeliveryRejected if it cannot be read so.
    """
    return prepare(con, open_part(con, path, feed), feed, dictionaries)


def columns_of(
    con: duckdb.DuckDBPyConnection, path: Path, feed: Feed, dictionaries: Mapping[str, str]
) -> tuple[list[str], DeliveryRejected | None]:
    """Return the names that a mapping may use for the file's columns, and why the file is refused, None if it is not.

    There are no names if the file cannot be read.
    """
    names, refused = list[str](), None
    try:
        prepared = open_prepared(con, path, feed, dictionaries)
        names = [name for name in prepared.source.header if name not in prepared.invented]
    except DeliveryRejected as rejection:
        refused = rejection
    with suppress(DeliveryRejected):
        names += open_source(con, path, reading_of(feed)).header
    return list(dict.fromkeys(names)), refused


def reading_of(feed: Feed) -> Reading:
    """Return how a feed's files are read."""
    source = feed.source
    return Reading(source.encoding, source.delimiter, source.sheet, source.header_row)


def prepare(con: duckdb.DuckDBPyConnection, source: Source, feed: Feed, dictionaries: Mapping[str, str]) -> Prepared:
    """Return the source with what its kind adds. Raises DeliveryRejected if it does not fit its data dictionary."""
    if source.veiled is not None and source.veiled.feed:
        return prepared_before(source, source.veiled)
    with rejecting():
        return kind_of(feed.source.kind).prepare(con, source, feed, dictionaries.get(feed.source_name))


def together(parts: Sequence[Mapped], export: str) -> Mapped:
    """Return the rows of several feeds of one file as one: two sheets of a workbook, for example."""
    slots = tuple(slot for number, part in enumerate(parts, start=1) for slot in part.slots or (f"part {number}",))
    origins = {name: origin for part in reversed(parts) for name, origin in part.origins.items()}
    source = _union([part.source for part in parts], parts, export)
    gone = [(part.gone, part) for part in parts if part.gone is not None]
    lacking, before = dict[str, tuple[int, ...]](), 0
    for part in parts:
        own = max(len(part.slots), 1)
        for name in source.header:
            slots_without = part.lacking.get(name, ()) if name in part.source.header else tuple(range(own))
            lacking[name] = lacking.get(name, ()) + tuple(before + slot for slot in slots_without)
        before += own
    return Mapped(
        source,
        slots,
        f"({' UNION ALL '.join(f'FROM {part.lines}' for part in parts)})",
        origins,
        any(part.leaves_out for part in parts),
        _union([one for one, _ in gone], [part for _, part in gone], export) if gone else None,
        {name: found for name, found in lacking.items() if found},
    )


def _union(sources: Sequence[Source], parts: Sequence[Mapped], export: str) -> Source:
    """Return the sources' rows under all their names, numbered by the slots of all parts."""
    names = [name for name in EXPORTS[export].column_names if any(name in source.header for source in sources)]
    selects, before = [], 0
    n_slots = sum(max(len(part.slots), 1) for part in parts)
    for source, part in zip(sources, parts, strict=True):
        own, header = max(len(part.slots), 1), source.header
        number = f"((line - 1) // {own}) * {n_slots} + {before} + (line - 1) % {own} + 1"
        cells = [f"c{header.index(n)} AS c{i}" if n in header else f"NULL AS c{i}" for i, n in enumerate(names)]
        selects.append(f"SELECT {number} AS line, {', '.join(cells)} FROM {source.relation}")  # noqa: S608
        before += own
    counts = [source.n_records for source in sources]
    return replace(
        sources[0],
        header=names,
        relation=f"({' UNION ALL '.join(selects)})",
        n_records=None if any(n is None for n in counts) else sum(n for n in counts if n is not None),
        count_again=None,
        remark=" ".join(dict.fromkeys(source.remark for source in sources if source.remark)),
    )
