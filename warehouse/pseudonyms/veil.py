"""Writes what is kept of a delivered table: pseudonyms for identifiers, shifted dates, years of birth, scanned texts.

The form is that of what is kept after an erasure (readers/redacted.py), so every reader of it reads this too. A date
after the delivery's extract date becomes one that is after any (NEVER), and what is no date becomes a word that is
none: rules about a row judge it as they would have judged the cell.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl

from schemas.exports import EXPORTS
from warehouse.pseudonyms import scan
from warehouse.pseudonyms.columns import DATE, Columns, columns_as_named, columns_of_feeds
from warehouse.pseudonyms.encoded import read as read_rows
from warehouse.pseudonyms.encoded import table_of
from warehouse.pseudonyms.kept_cells import (
    AS_DELIVERED,
    KeptCells,
    all_names,
    needed,
    places_of,
)
from warehouse.pseudonyms.terms import Terms
from warehouse.readers.formats import format_within
from warehouse.readers.open_file import open_source
from warehouse.readers.reading import AS_USUAL, Reading
from warehouse.readers.redacted import Part, kept_parts, open_kept, write_kept
from warehouse.readers.rejecting import rejecting
from warehouse.readers.source import Source, Veiled, column_names
from warehouse.redaction.delivered_file import DeliveredFile
from warehouse.sources.canonical_cells import READY, Cell
from warehouse.sources.mapping import stepped
from warehouse.sources.prepared import Prepared
from warehouse.storage.pseudonym_key import PseudonymKey

WHY, RECORD = f"{READY}why", f"{READY}record"
KEPT = "veiled_kept"


def veil_rows(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    file: DeliveredFile,
    terms: Terms,
    target: Path,
    key: PseudonymKey,
    is_kept: bool = False,
) -> pl.DataFrame:
    """Write what is kept of the file at `path` to `target`, and return whose the pseudonyms are.

    The columns are pseudonym and identifier.

    `is_kept`: the file is what an erasure left.

    The connection has the terms (sql/terms.sql) and this key. Raises DeliveryRejected if the file cannot be read.
    """
    names, parts = list[tuple[str, pl.DataFrame]](), list[Part]()
    for number, (reading, opened, prepared, columns, feed) in enumerate(_tables(con, path, file, is_kept)):
        is_text = any(part.is_text for part in kept_parts(con, path)) if is_kept else format_within(opened) == "csv"
        source = _veiled(con, number, prepared, columns, terms, names, feed, key)
        parts.append(Part(reading, source, is_text))
    with rejecting():
        write_kept(con, parts, ["true"] * len(parts), target)
    return all_names(names)


def _tables(
    con: duckdb.DuckDBPyConnection, path: Path, file: DeliveredFile, is_kept: bool
) -> list[tuple[Reading, Path, Prepared, Columns, str]]:
    """Open each part of the file that is read: all feeds of a table that are read alike share one."""
    if not file.is_mapped:
        source = open_kept(con, path) if is_kept else open_source(con, path)
        return [(AS_USUAL, path, Prepared(source), columns_as_named(EXPORTS[file.export], source), "")]
    from warehouse.sources.open_mapped import check_dictionary_came, open_part, place_of, prepare, reading_of

    shared: dict[tuple[Reading, str], list] = {}
    for feed in file.feeds:
        name = "" if feed.source.kind == "table" else feed.name
        shared.setdefault((reading_of(feed), name), []).append(feed)
    found = []
    for (reading, name), feeds in shared.items():
        opened = open_part(con, path, feeds[0], is_kept)
        for feed in feeds:
            check_dictionary_came(opened, feed, file.dictionaries)
        prepared = prepare(con, opened, feeds[0], file.dictionaries)
        found.append((reading, place_of(path, reading), prepared, columns_of_feeds(prepared, feeds), name))
    return found


def _veiled(
    con: duckdb.DuckDBPyConnection,
    number: int,
    prepared: Prepared,
    columns: Columns,
    terms: Terms,
    names: list[tuple[str, pl.DataFrame]],
    feed: str,
    key: PseudonymKey,
) -> Source:
    """Return the prepared source with what is kept of it."""
    source = prepared.source
    with rejecting():
        lines, read = read_rows(con, _rows(prepared, columns, feed))
    cells = KeptCells(con, read, columns, terms, key)
    width, header = len(source.header), [*_header(source, columns, cells), *(read.ready for read in columns.ready)]
    found = [cells.in_place(place) for place in range(width)] + [cells.changed(read) for read in columns.ready]
    is_trimmed = all(one is None or one.is_trimmed for one in found)
    veiled = Veiled(_date_places(columns, width), feed, remark=source.remark, is_trimmed=is_trimmed)
    if feed:
        header += [WHY, RECORD]
        found += [cells.reasons(), cells.records() if prepared.record is not None else None]
        reasons = [(one.reason, one.withdraws) for one in prepared.conditions]
        missing = [(place, tuple(words)) for place, words in prepared.missing.items()]
        place = len(header) - 1 if prepared.record else None
        veiled = replace(
            veiled, reasons=reasons, why=len(header) - 2, record=place, missing=missing, invented=prepared.invented
        )
    names += cells.names
    told = {f"c{place}": cell for place, cell in enumerate(found) if cell is not None}
    kept = f"{KEPT}_{number}"
    con.register(kept, table_of(lines, told))
    listed = ", ".join(name if name in told else f"NULL::VARCHAR AS {name}" for name in column_names(len(header)))
    dates = {place for place, read in columns.in_place.items() if read.role == DATE}
    return replace(
        source,
        sheet="" if cells.names_that_tell([source.sheet]) else source.sheet,
        header=header,
        relation=f"(SELECT line, {listed} FROM {kept})",  # noqa: S608 (own SQL)
        line="line",
        n_records=None,
        count_again=None,
        nested=(),
        about="" if feed else source.about,  # it may name patients, and is not read again
        labels=_labels(source, columns, cells),
        dates=frozenset(source.dates | dates),
        veiled=veiled,
    )


def _header(source: Source, columns: Columns, cells: KeptCells) -> list[str]:
    """Return the names of a file's columns; of those that nothing reads, a number for each that may say who or when."""
    unread = {place: name for place, name in enumerate(source.header) if place not in columns.in_place}
    unread = {place: name for place, name in unread.items() if place not in columns.kept}
    telling = cells.names_that_tell(list(unread.values()))
    return [f"column {place + 1}" if unread.get(place) in telling else name for place, name in enumerate(source.header)]


def _labels(source: Source, columns: Columns, cells: KeptCells) -> dict[int, dict[str, str]]:
    """Return the labels of codes in columns that are kept, but for those that may say who or when."""
    kept = {place: labels for place, labels in source.labels.items() if place not in columns.in_place}
    telling = cells.names_that_tell([label for labels in kept.values() for label in labels.values()])
    return {
        place: {code: scan.REMOVED if label in telling else label for code, label in labels.items()}
        for place, labels in kept.items()
    }


def _rows(prepared: Prepared, columns: Columns, feed: str) -> str:
    """Return SQL of all that is needed of the rows: cells as delivered, and canonical ones that are made of several."""
    cells = {f"{AS_DELIVERED}{place}": Cell(f"c{place}", []) for place in places_of(columns)}
    cells |= {read.name: read.cell for read in needed(columns) if read.cell.place is None}
    if feed:
        record = "NULL" if prepared.record is None else prepared.record
        cells["record"] = Cell(f"CAST({record} AS VARCHAR)", [])
        whens = " ".join(f"WHEN NOT ({one.is_met}) THEN '{n}'" for n, one in enumerate(prepared.conditions))
        cells["why"] = Cell(f"CASE {whens} END" if whens else "NULL::VARCHAR", [])
    return f"SELECT * EXCLUDE (reason, is_met) FROM {stepped(prepared.source, cells, [])}"  # noqa: S608


def _date_places(columns: Columns, width: int) -> Sequence[tuple[int, int]]:
    """Return where each column of shifted dates stands, and where that of its patient."""
    at = {read.name: place for place, read in columns.in_place.items()}
    at |= {read.name: width + number for number, read in enumerate(columns.ready)}
    by_place = {read.cell.place: place for place, read in columns.in_place.items()}
    found = []
    for read in [*columns.in_place.values(), *columns.ready]:
        if read.role == DATE and read.patient is not None:
            patient = at.get(read.patient.name, by_place.get(read.patient.cell.place))
            if patient is not None:
                found.append((at[read.name], patient))
    return sorted(found)
