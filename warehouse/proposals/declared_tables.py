"""Takes what a data contract says of a site's tables for proposals: titles, values, and how dates are written.

A table whose files have not come yet is looked at as if its values and examples were its rows; what only rows can tell
is asked. A table whose files are there only says what their columns are called and what their codes mean.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import duckdb

from warehouse.proposals.column_entries import Delivered
from warehouse.proposals.entry import Entry, Question, column_value
from warehouse.proposals.fields import Fields
from warehouse.proposals.legends import legend_of
from warehouse.proposals.look import DECLARED, Look
from warehouse.proposals.site_sources import SIMILAR, SiteSource
from warehouse.proposals.titles import is_known_title
from warehouse.proposals.units import split
from warehouse.proposals.words import is_known_name
from warehouse.readers.reading import AS_USUAL
from warehouse.readers.source import Source, column_names
from warehouse.sources.file_columns import plain

SAMPLE = datetime(2021, 3, 25, 14, 30, 5)
"""A date whose day is above 12, so that a cell written in a format shows the order of day and month."""
LETTERS = {"y": "%Y", "u": "%Y", "M": "%m", "d": "%d", "H": "%H", "m": "%M", "s": "%S"}
NAMED = {"yy": "%y", "uu": "%y", "MMM": "%b", "MMMM": "%B"}
TOKEN = re.compile(r"([A-Za-z])\1*|'[^']*'|[^A-Za-z']+")
DATES = (["%d.%m.%Y"], ["%m/%d/%Y"], ["%d/%m/%Y"])
NO_FORMAT = "The contract does not say how the dates of {} are written. Take one, or none if they are like 2021-03-25."
NO_VALUES = "The contract lists no values of {}. Run `registry map` again when a file has come: words may be missing."


@dataclass(frozen=True)
class DeclaredColumn:
    """A column as a contract declares it. `values` are all that it may hold, none if the contract does not say.

    `date_format` is as the standard has it, in the letters of Java: dd.MM.yyyy.
    """

    name: str
    title: str = ""
    description: str = ""
    is_date: bool = False
    date_format: str = ""
    values: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()

    @property
    def called(self) -> str:
        """Return what the column is called in words: what explains its codes first."""
        return self.description if legend_of(self.description) else self.title or self.description

    def cells(self) -> list[str]:
        """Return the cells that the contract shows."""
        written = sample_of(self.date_format) if self.is_date and self.date_format else None
        return list(dict.fromkeys([*self.values, *self.examples, *([written] if written else [])]))


@dataclass(frozen=True)
class DeclaredTable:
    """A table as a contract declares it. `folder` is where its files are to be put, `file` the contract's name."""

    name: str
    folder: str
    file: str
    columns: tuple[DeclaredColumn, ...]


def sample_of(date_format: str) -> str | None:
    """Return how SAMPLE is written in a format, None if it cannot be read.

    >>> sample_of("dd.MM.yyyy"), sample_of("d-MMM-yy HH:mm"), sample_of("%m/%d/%Y"), sample_of("QQQ")
    ('25.03.2021', '25-Mar-21 14:30', '03/25/2021', None)
    """
    if "%" in date_format:
        return SAMPLE.strftime(date_format)
    parts = []
    for token in TOKEN.finditer(date_format):
        text, letter = token[0], token[1]
        if letter is None:
            parts.append(text.strip("'").replace("%", "%%"))
        elif (written := NAMED.get(text) or LETTERS.get(letter)) is not None:
            parts.append(written)
        else:
            return None
    return SAMPLE.strftime("".join(parts))


def declared_looks(con: duckdb.DuckDBPyConnection, tables: Iterable[DeclaredTable]) -> Iterator[Look]:
    """Yield each table as if the values and examples of its contract were its rows."""
    for number, table in enumerate(tables):
        names = column_names(len(table.columns))
        relation = f"declared_{number}"
        con.execute(f"CREATE OR REPLACE TEMP TABLE {relation} ({', '.join(f'{one} VARCHAR' for one in names)})")
        cells = [column.cells() for column in table.columns]
        for row in range(max(map(len, cells), default=0)):
            filled = [of_column[row] if row < len(of_column) else None for of_column in cells]
            con.execute(f"INSERT INTO {relation} VALUES ({', '.join('?' * len(filled))})", filled)  # noqa: S608
        titles = {place: column.called for place, column in enumerate(table.columns) if column.called}
        source = Source([column.name for column in table.columns], relation, titles=titles)
        n_known = sum(
            is_known_name(split(one.name).name) or bool(one.called and is_known_title(one.called))
            for one in table.columns
        )
        yield Look(
            table.folder, f"{table.file}, {table.name}", "csv", AS_USUAL, source, n_known=n_known, read_as=DECLARED
        )


def with_declared(found: Fields, tables: Sequence[DeclaredTable]) -> Fields:
    """Return what is known of a source's columns with what the table that is most like it says of them."""
    best = max(tables, key=lambda one: _shared(found.source, one), default=None)
    if best is None or _shared(found.source, best) < SIMILAR:
        return found
    declared = {plain(column.name): column for column in best.columns}
    looks = tuple(replace(look, source=_with_titles(look.source, declared)) for look in found.source.looks)
    others = dict(found.others)
    for name in found.source.header:
        if (column := declared.get(plain(name))) is not None:
            texts = (*others.get(name, ()), column.title, column.description)
            others[name] = tuple(dict.fromkeys(text for text in texts if text))
    return Fields(replace(found.source, looks=looks), others, found.dictionary)


def _with_titles(source: Source, declared: dict[str, DeclaredColumn]) -> Source:
    titles = {
        place: declared[plain(name)].called
        for place, name in enumerate(source.header)
        if plain(name) in declared and declared[plain(name)].called
    }
    return replace(source, titles={**titles, **source.titles})


def _shared(source: SiteSource, table: DeclaredTable) -> float:
    """Return the share of the source's columns that the table declares."""
    names = {plain(name) for name in source.header if name.strip()}
    return len(names & {plain(column.name) for column in table.columns}) / len(names) if names else 0.0


def is_told(table: DeclaredTable, sources: Iterable[SiteSource]) -> bool:
    """Return whether files have come that the table is about."""
    return any(_shared(source, table) >= SIMILAR for source in sources)


def with_untold(delivered: Delivered, entry: Entry | None) -> Entry | None:
    """Return what is proposed for a column of a table without files, with the question what its cells look like."""
    column, origin = delivered.column, delivered.origin
    if not delivered.facts.source.is_declared or origin is None or delivered.facts.count():
        return entry
    if column.kind == "date":
        answers = tuple((column.name, column_value(origin, format=list(one))) for one in DATES)
        question = Question(NO_FORMAT.format(delivered.shown_name), answers)
        return Entry(column.name, column_value(origin), "", (question,))
    if column.kind in ("code", "flag") and not delivered.facts.legend():
        question = Question(NO_VALUES.format(delivered.shown_name))
        return Entry(column.name, column_value(origin), "", (question,))
    return entry
