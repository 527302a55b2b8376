"""Writes what is kept of a delivered table: pseudonyms for identifiers, shifted dates, years of birth, scanned texts.

The form is that of what is kept after an erasure (readers/redacted.py), so every reader of it reads this too. A date
after the delivery's extract date becomes one that is after any (NEVER), and what is no date becomes a word that is
none: rules about a row judge it as they would have judged the cell.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from schemas.exports import EXPORTS
from warehouse.pseudonyms import judged, scan
from warehouse.pseudonyms.columns import (
    BIRTH,
    DATE,
    LETTERS,
    PATIENT_ID,
    PLAIN,
    TERMS,
    TEXT,
    Columns,
    Read,
    columns_as_named,
    columns_of_feeds,
)
from warehouse.pseudonyms.many import days_back_of, pseudonyms_of
from warehouse.readers.formats import format_within
from warehouse.readers.identifiers import cell_of
from warehouse.readers.numbers import NUMBER
from warehouse.readers.open_file import open_source
from warehouse.readers.reading import AS_USUAL, Reading
from warehouse.readers.redacted import Part, kept_parts, open_kept, write_kept
from warehouse.readers.rejecting import rejecting
from warehouse.readers.source import Source, Veiled
from warehouse.redaction.delivered_file import DeliveredFile
from warehouse.sources.canonical_cells import READY, Cell
from warehouse.sources.mapping import stepped
from warehouse.sources.prepared import Prepared
from warehouse.storage.home_settings import DROP
from warehouse.storage.pseudonym_key import NEVER, PseudonymKey
from warehouse.storage.sql_files import sql_text

OLDEST_TOLD = 89
"""Years of age above which years of birth are one class, as of the extract date (45 CFR 164.514(b)(2)(i)(C))."""
EARLIEST_YEAR = 1900
WHY, RECORD = f"{READY}why", f"{READY}record"
RECORD_LETTER = "R"
ROWS, NAMES, TEXTS = "veiled_rows", "veiled_names", "veiled_texts"
YEAR = "(?:^|[^0-9])((?:18|19|20)[0-9]{2})(?:[^0-9]|$)"


@dataclass(frozen=True)
class Terms:
    """By what a file is veiled: its site, its extract date, and what is done with free text."""

    site: str
    extract: date
    free_text: str


@dataclass
class Names:
    """Which identifier each pseudonym stands for."""

    of_pseudonyms: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(schema={"pseudonym": pl.String, "identifier": pl.String})
    )

    def add(self, more: pl.DataFrame) -> None:
        """Add pairs of pseudonym and identifier."""
        self.of_pseudonyms = more if self.of_pseudonyms.is_empty() else pl.concat([self.of_pseudonyms, more]).unique()


def veil_rows(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    file: DeliveredFile,
    terms: Terms,
    target: Path,
    key: PseudonymKey,
    is_kept: bool = False,
) -> Names:
    """Write what is kept of the file at `path` to `target`, and return whose the pseudonyms are.

    `is_kept`: the file is what an erasure left.

    The connection has the terms (sql/terms.sql) and this key. Raises DeliveryRejected if the file cannot be read.
    """
    names, parts = Names(), list[Part]()
    for number, (reading, opened, prepared, columns, feed) in enumerate(_tables(con, path, file, is_kept)):
        is_text = any(part.is_text for part in kept_parts(con, path)) if is_kept else format_within(opened) == "csv"
        source = _veiled(con, number, prepared, columns, terms, names, feed, key)
        parts.append(Part(reading, source, is_text))
    with rejecting():
        write_kept(con, parts, ["true"] * len(parts), target)
    return names


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
    names: Names,
    feed: str,
    key: PseudonymKey,
) -> Source:
    """Return the prepared source with what is kept of it."""
    source = prepared.source
    rows = f"{ROWS}_{number}"
    with rejecting():
        con.execute(f"CREATE OR REPLACE TEMP TABLE {rows} AS {_cells(prepared, columns, feed)}")
    own = _write_names(con, rows, columns, terms, key)
    if feed and prepared.record is not None:
        record = f"SELECT DISTINCT pseudonym('{RECORD_LETTER}', {sql_text(terms.site)}, record), record FROM {rows}"  # noqa: S608
        found = con.execute(f"{record} WHERE record IS NOT NULL").fetchall()
        names.add(pl.DataFrame(found, schema={"pseudonym": pl.String, "identifier": pl.String}, orient="row"))
    names.add(own.select("pseudonym", "identifier"))
    of_patients = set(own.filter(pl.col("letter") == LETTERS[PATIENT_ID])["identifier"])
    texts = _texts(con, rows, columns, terms, of_patients)
    width, header = len(source.header), list(source.header)
    cells = [_in_place(place, columns, terms, texts) for place in range(width)]
    for read in columns.ready:
        header.append(read.ready)
        cells.append(_changed(read, terms, texts))
    veiled = Veiled(_date_places(columns, width), feed)
    if feed:
        header += [WHY, RECORD]
        cells += ["why", f"pseudonym('{RECORD_LETTER}', {sql_text(terms.site)}, record)"]
        if prepared.record is None:
            cells[-1] = "NULL::VARCHAR"
        reasons = [(one.reason, one.withdraws) for one in prepared.conditions]
        missing = [(place, tuple(words)) for place, words in prepared.missing.items()]
        place = len(header) - 1 if prepared.record else None
        veiled = replace(
            veiled, reasons=reasons, why=len(header) - 2, record=place, missing=missing, invented=prepared.invented
        )
    listed = ", ".join(f"{cell} AS c{place}" for place, cell in enumerate(cells))
    joins = _joins(columns, texts)
    dates = {place for place, read in columns.in_place.items() if read.role == DATE}
    kept = {place: labels for place, labels in source.labels.items() if place not in columns.in_place}
    return replace(
        source,
        header=header,
        relation=f"(SELECT line, {listed} FROM {rows} AS r {joins})",  # noqa: S608 (own SQL)
        line="line",
        n_records=None,
        count_again=None,
        nested=(),
        labels=kept,
        dates=frozenset(source.dates | dates),
        veiled=veiled,
    )


def _cells(prepared: Prepared, columns: Columns, feed: str) -> str:
    """Return SQL of all that is needed of the rows: kept cells as delivered, and canonical ones to be changed."""
    cells = {f"r{place}": Cell(f"c{place}", []) for place in sorted(columns.kept)}
    needed = {read.name for read in _needed(columns)}
    cells |= {read.name: read.cell for read in columns.reads if read.name in needed}
    if prepared.record is not None and feed:
        cells["record"] = Cell(f"CAST({prepared.record} AS VARCHAR)", [])
    if feed:
        whens = " ".join(f"WHEN NOT ({one.is_met}) THEN '{n}'" for n, one in enumerate(prepared.conditions))
        cells["why"] = Cell(f"CASE {whens} END" if whens else "NULL::VARCHAR", [])
    read_as = ", ".join(
        f"{cell_of(read.export, read.column.name, read.name)} AS {read.name}"
        for read in columns.reads
        if read.name in needed and read.role not in (DATE, BIRTH, TEXT, PLAIN)
    )
    replaced = f" REPLACE ({read_as})" if read_as else ""
    return f"SELECT * EXCLUDE (reason, is_met){replaced} FROM {stepped(prepared.source, cells, [])}"  # noqa: S608


def _needed(columns: Columns) -> list[Read]:
    """Return the canonical columns that are changed, in place or ready made, and those that say whose they are."""
    changed = [*columns.in_place.values(), *columns.ready]
    return [*changed, *(read.patient for read in changed if read.role == DATE and read.patient is not None)]


def _identifiers(columns: Columns) -> dict[str, list[Read]]:
    """Return the columns of identifiers by letter."""
    found: dict[str, dict[str, Read]] = {}
    for read in _needed(columns):
        if read.role not in (DATE, BIRTH, TEXT, PLAIN):
            found.setdefault(read.role, {})[read.name] = read
    return {letter: list(reads.values()) for letter, reads in found.items()}


def _write_names(
    con: duckdb.DuckDBPyConnection, rows: str, columns: Columns, terms: Terms, key: PseudonymKey
) -> pl.DataFrame:
    """Write a table of the pseudonyms of each kind of identifier, and return all: letter, pseudonym, identifier."""
    found = [pl.DataFrame(schema={"letter": pl.String, "pseudonym": pl.String, "identifier": pl.String})]
    for letter, reads in _identifiers(columns).items():
        each = " UNION ".join(f"SELECT DISTINCT {read.name} AS identifier FROM {rows}" for read in reads)  # noqa: S608
        told = con.execute(f"SELECT identifier FROM ({each}) WHERE identifier IS NOT NULL").pl()  # noqa: S608
        named = told.with_columns(pseudonym=pseudonyms_of(key, letter, terms.site, told["identifier"]))
        odd = told.filter(~pl.col("identifier").str.contains(judged.HARMLESS))["identifier"]
        marked = judged.marks(reads[0].column, odd)
        if letter == LETTERS[PATIENT_ID]:
            named = named.with_columns(days=days_back_of(key, terms.site, named["pseudonym"]))
        if marked:
            before = {identifier: first for identifier, (first, _) in marked.items()}
            behind = {identifier: last for identifier, (_, last) in marked.items()}
            around = [pl.col("identifier").replace_strict(one, default="") for one in (before, behind)]
            named = named.with_columns(pseudonym=around[0] + pl.col("pseudonym") + around[1])
        con.register("veiled_named", named.to_arrow())
        con.execute(f"CREATE OR REPLACE TEMP TABLE {NAMES}_{letter} AS FROM veiled_named")
        con.unregister("veiled_named")
        found.append(named.select(pl.lit(letter).alias("letter"), "pseudonym", "identifier"))
    return pl.concat(found)


def _texts(
    con: duckdb.DuckDBPyConnection, rows: str, columns: Columns, terms: Terms, identifiers: set[str]
) -> dict[str, bool]:
    """Write the table of texts that are not kept whole; return, by the name of a cell, whether it is free text."""
    free = {read.name for read in [*columns.in_place.values(), *columns.ready] if read.role == TEXT}
    plain = {f"r{place}" for place in columns.kept} | {read.name for read in columns.ready if read.role == PLAIN}
    con.execute(f"CREATE OR REPLACE TEMP TABLE {TEXTS} (cell VARCHAR, is_free BOOLEAN, kept VARCHAR)")
    for names, is_free in ((free, True), (plain, False)):
        if not names:
            continue
        each = " UNION ".join(f"SELECT DISTINCT {name} AS cell FROM {rows}" for name in sorted(names))  # noqa: S608
        harmless = sql_text(scan.HARMLESS)
        found = con.execute(f"SELECT cell FROM ({each}) WHERE NOT regexp_full_match(cell, {harmless})").fetchall()  # noqa: S608
        kept = scan.without_identities([cell for (cell,) in found], identifiers, terms.free_text, is_free)
        if kept:
            frame = pl.DataFrame({"cell": list(kept), "is_free": is_free, "kept": list(kept.values())})
            con.register("veiled_found", frame.to_arrow())
            con.execute(f"INSERT INTO {TEXTS} FROM veiled_found")
            con.unregister("veiled_found")
    changed = {is_free for (is_free,) in con.execute(f"SELECT DISTINCT is_free FROM {TEXTS}").fetchall()}  # noqa: S608
    return dict.fromkeys(free if True in changed else (), True) | dict.fromkeys(
        plain if False in changed else (), False
    )


def _joins(columns: Columns, texts: dict[str, bool]) -> str:
    joins = []
    named = {read.name: read for reads in _identifiers(columns).values() for read in reads}
    for name, read in named.items():
        joins.append(f"LEFT JOIN {NAMES}_{read.role} AS n_{name} ON n_{name}.identifier = r.{name}")
    for name, is_free in texts.items():
        free = "" if is_free else "NOT "
        joins.append(f"LEFT JOIN {TEXTS} AS t_{name} ON t_{name}.cell = r.{name} AND {free}t_{name}.is_free")
    return " ".join(joins)


def _in_place(place: int, columns: Columns, terms: Terms, texts: dict[str, bool]) -> str:
    if place in columns.in_place:
        return _changed(columns.in_place[place], terms, texts)
    return _scanned(f"r{place}", texts) if place in columns.kept else "NULL::VARCHAR"


def _changed(read: Read, terms: Terms, texts: dict[str, bool]) -> str:
    """Return SQL of a canonical cell as it is kept."""
    cell = f"r.{read.name}"
    if read.role == DATE:
        return _shifted(cell, read.patient, terms)
    if read.role == BIRTH:
        return _birth_year(cell, terms)
    if read.role == TEXT and terms.free_text == DROP and read.column.name not in TERMS:
        return "NULL::VARCHAR"
    if read.role in (TEXT, PLAIN):
        return _scanned(read.name, texts)
    return f"n_{read.name}.pseudonym"


def _scanned(name: str, texts: dict[str, bool]) -> str:
    return f"coalesce(t_{name}.kept, r.{name})" if name in texts else f"r.{name}"


def _shifted(cell: str, patient: Read | None, terms: Terms) -> str:
    """Return SQL of a shifted date; a row without a patient has no date."""
    days = f"n_{patient.name}.days" if patient is not None else "NULL"
    day = f"CAST({cell} AS DATE)"
    is_date = (
        f"length({cell}) = 10 AND {cell}[5] = '-' AND {cell}[8] = '-' AND {cell} >= '0001-01-01' "
        f"AND TRY_CAST({cell} AS DATE) IS NOT NULL"
    )
    return (
        f"CASE WHEN {cell} IS NULL THEN NULL WHEN NOT coalesce({is_date}, false) OR {days} IS NULL "
        f"THEN '{scan.A_DATE}' WHEN {day} > DATE '{terms.extract}' THEN '{NEVER}' "
        f"ELSE CAST({day} - {days} AS VARCHAR) END"
    )


def _birth_year(cell: str, terms: Terms) -> str:
    """Return SQL of the year of birth, of a date too; of those above 89 years of age the youngest such year."""
    number = f"regexp_full_match({cell}, {sql_text(NUMBER)})"
    found = f"TRY_CAST(regexp_extract({cell}, '{YEAR}', 1) AS DOUBLE)"
    year = f"CASE WHEN {number} THEN TRY_CAST({cell} AS DOUBLE) ELSE {found} END"
    oldest = terms.extract.year - OLDEST_TOLD - 1
    return (
        f"CASE WHEN {cell} IS NULL THEN NULL WHEN {year} BETWEEN {EARLIEST_YEAR} AND {oldest} THEN '{oldest}' "
        f"WHEN {number} THEN {cell} ELSE coalesce(CAST(CAST({year} AS INTEGER) AS VARCHAR), '{scan.A_DATE}') END"
    )


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
