"""Finds whose rows a delivered file holds, in each part of it that is read.

A row belongs to a patient if any export that the file feeds reads it as theirs, whether or not the row is of that
export: what a filter leaves out today may be read tomorrow.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import polars as pl

from schemas.exports import EXPORTS
from warehouse.readers.cells import patient_cell
from warehouse.readers.open_file import open_source
from warehouse.readers.reading import AS_USUAL, Reading
from warehouse.readers.redacted import open_kept
from warehouse.readers.rejecting import rejecting
from warehouse.readers.source import Source
from warehouse.redaction.delivered_file import DeliveredFile
from warehouse.sources.deliveries import UNREAD, UNREAD_CURE
from warehouse.storage.errors import DeliveryRejected

Match = Callable[[Iterable[str]], set[str]]
"""Selects, from these patient ids of the site, those of the patients to be erased."""
PartName = tuple[Reading, str]
"""How a part of a file was read, and for which source and export, '' for any."""
LINES = "patient_lines"
"""The temporary table part, line of the rows that find_rows found."""


@dataclass
class TableRead:
    """What one way of reading a file gives. `whose` are relations of line, patient_id, one for each feed.

    `path` is the file as it was opened, beside which copies may lie.
    """

    reading: Reading
    source: Source
    path: Path
    whose: list[str] = field(default_factory=list)

    @property
    def name(self) -> PartName:
        """Return what tells this part of the file from the others."""
        return self.reading, self.source.read_for


@dataclass(frozen=True)
class Tables:
    """The parts of a file of which it is known whose rows they hold; `unknown` says why it is not known of others."""

    parts: list[TableRead]
    unknown: DeliveryRejected | None = None


@dataclass(frozen=True)
class Found:
    """The patients who were found in a file, and the number of their rows."""

    ids: set[str]
    rows: int


def read_tables(con: duckdb.DuckDBPyConnection, path: Path, file: DeliveredFile, is_kept: bool) -> Tables:
    """Open each part of the file that is read. Raises DeliveryRejected if it is not known whose rows any part holds."""
    if not file.is_mapped and file.export not in EXPORTS:
        raise DeliveryRejected(UNREAD, UNREAD_CURE)
    if not file.is_mapped:
        source = open_kept(con, path) if is_kept else open_source(con, path)
        cell = patient_cell(EXPORTS[file.export], source.header)
        whose = f"(SELECT {source.line} AS line, {cell} AS patient_id FROM {source.relation})"  # noqa: S608 (own names)
        return Tables([TableRead(AS_USUAL, source, path, [whose])])
    from warehouse.sources.mapping import patients_of
    from warehouse.sources.open_mapped import open_part, place_of, prepare, reading_of

    parts: dict[PartName, TableRead] = {}
    failed: dict[PartName, DeliveryRejected] = {}
    for feed in file.feeds:
        reading = reading_of(feed)
        name = (reading, "")
        try:
            if name not in parts:
                read = TableRead(reading, open_part(con, path, feed, is_kept), place_of(path, reading))
                name = read.name
                parts.setdefault(name, read)
            whose = patients_of(prepare(con, parts[name].source, feed, file.dictionaries), feed)
            if whose not in parts[name].whose:  # most exports read the same column
                parts[name].whose.append(whose)
        except DeliveryRejected as rejection:
            failed.setdefault(name, rejection)
    known = [part for part in parts.values() if part.whose]
    unknown = next((why for name, why in failed.items() if name not in {p.name for p in known}), None)
    if not known:
        raise unknown or DeliveryRejected(UNREAD, UNREAD_CURE)
    return Tables(known, unknown)


def best_read(
    con: duckdb.DuckDBPyConnection, path: Path, ways: Sequence[DeliveredFile], is_kept: bool
) -> DeliveredFile:
    """Return the first of the ways to read a file by which it is known of all parts whose rows they hold.

    Otherwise the first by which it is known of some; otherwise the first.
    """
    of_some = None
    for file in ways if len(ways) > 1 and not ways[0].is_sheet else ():
        try:
            tables = read_tables(con, path, file, is_kept)
        except DeliveryRejected:
            continue
        if tables.unknown is None:
            return file
        of_some = of_some or file
    return of_some or ways[0]


def find_rows(con: duckdb.DuckDBPyConnection, tables: Tables, match: Match) -> Found:
    """Write the temporary table patient_lines with the rows of the patients whom `match` finds, and count them."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE {LINES} (part INTEGER, line BIGINT)")
    found: set[str] = set()
    with rejecting():
        for number, part in enumerate(tables.parts):
            for whose in part.whose:
                asked = f"SELECT DISTINCT patient_id FROM {whose} WHERE patient_id IS NOT NULL"  # noqa: S608 (own SQL)
                ids = match(p for (p,) in con.execute(asked).fetchall())
                if ids:
                    _add_lines(con, number, whose, ids)
                found |= ids
        n_rows = sum(_n_lines(con, number, part.source) for number, part in enumerate(tables.parts)) if found else 0
    return Found(found, n_rows)


def _n_lines(con: duckdb.DuckDBPyConnection, number: int, source: Source) -> int:
    """Return how many of a part's own rows were found: a kind of source may make others of them, with further lines."""
    lines = f"SELECT {source.line} AS line FROM {source.relation}"  # noqa: S608 (own names)
    row = con.execute(f"SELECT count(*) FROM ({lines}) WHERE {is_theirs(number)}").fetchone()  # noqa: S608
    return int(row[0]) if row else 0


def _add_lines(con: duckdb.DuckDBPyConnection, number: int, whose: str, ids: set[str]) -> None:
    con.register("wanted", pl.DataFrame({"p": sorted(ids)}, schema={"p": pl.String}).to_arrow())
    con.execute(f"INSERT INTO {LINES} SELECT {number}, line FROM {whose} WHERE patient_id IN (FROM wanted)")  # noqa: S608
    con.unregister("wanted")


def is_theirs(number: int) -> str:
    """Return SQL that is true for a line of a part that find_rows found."""
    return f"line IN (SELECT line FROM {LINES} WHERE part = {number})"  # noqa: S608 (own name)


def only_theirs(tables: Tables, reading: Reading, source: Source) -> Source:
    """Return a source of that reading, or one prepared from it, with the rows alone that find_rows found.

    Raises DeliveryRejected if it is not known whose rows that reading gives.
    """
    named = (reading, source.read_for)
    number = next((number for number, part in enumerate(tables.parts) if part.name == named), None)
    if number is None:
        raise tables.unknown or DeliveryRejected(UNREAD, UNREAD_CURE)
    rows = f"SELECT COLUMNS('^c[0-9]+$'), {source.line} AS line FROM {source.relation}"  # noqa: S608 (own names)
    relation = f"(FROM ({rows}) WHERE {is_theirs(number)})"
    return replace(source, relation=relation, line="line", n_records=None, count_again=None)
