"""Makes what is kept of the cells of a table: pseudonyms, shifted dates, years of birth, scanned texts.

Each distinct cell is changed once (encoded.py), and rows keep their order.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

import duckdb
import numpy as np
import polars as pl

from warehouse.pseudonyms import judged, scan
from warehouse.pseudonyms.birth import birth_year_sql
from warehouse.pseudonyms.columns import BIRTH, DATE, LETTERS, PATIENT_ID, PLAIN, TERMS, TEXT, Columns, Read
from warehouse.pseudonyms.days import UNKNOWN, day_delivered, moved
from warehouse.pseudonyms.encoded import CELLS, Encoded, calculated
from warehouse.pseudonyms.many import days_back_of, pseudonyms_of
from warehouse.pseudonyms.terms import Terms
from warehouse.readers.identifiers import cell_of
from warehouse.readers.source import Source
from warehouse.sources.mapping import stepped
from warehouse.storage.home_settings import DROP
from warehouse.storage.pseudonym_key import PseudonymKey

RECORD_LETTER = "R"
AS_DELIVERED, RECORD, WHY = "r", "record", "why"
"""Names of the columns of the rows: AS_DELIVERED with its position, that of a Read that has none, and these two."""
NAMES = {"pseudonym": pl.String, "identifier": pl.String}


def is_identifier(read: Read) -> bool:
    """Return whether a pseudonym takes the place of the cell."""
    return read.role not in (DATE, BIRTH, TEXT, PLAIN)


def needed(columns: Columns) -> list[Read]:
    """Return the canonical columns that are changed, in place or ready made, and those that say whose they are."""
    changed = [*columns.in_place.values(), *columns.ready]
    return [*changed, *(read.patient for read in changed if read.role == DATE and read.patient is not None)]


def places_of(columns: Columns) -> list[int]:
    """Return the positions of the source columns that are kept, or that one of the canonical columns is read from."""
    return sorted(columns.kept | {read.cell.place for read in needed(columns) if read.cell.place is not None})


class KeptCells:
    """What is kept of the `cells` that were read, by their names."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        cells: Mapping[str, Encoded],
        columns: Columns,
        terms: Terms,
        key: PseudonymKey,
    ):
        self._con, self._columns, self._terms, self._key = con, columns, terms, key
        self._cells = cells
        self._read: dict[str, Encoded] = {}
        self._pseudonyms: dict[str, Encoded] = {}
        self._days: dict[str, np.ndarray] = {}
        self.names: list[tuple[str, pl.DataFrame]] = []
        first: dict[str, Read] = {}
        for read in {read.name: read for read in needed(columns) if is_identifier(read)}.values():
            self._name(read, first.setdefault(read.role, read))

    def in_place(self, place: int) -> Encoded | None:
        """Return what is kept of a source column, None for nothing."""
        if place in self._columns.in_place:
            return self.changed(self._columns.in_place[place])
        return self._scanned(self._cells[f"{AS_DELIVERED}{place}"], False) if place in self._columns.kept else None

    def changed(self, read: Read) -> Encoded | None:
        """Return what is kept of a canonical column, None for nothing."""
        if read.role == DATE:
            return self._shifted(read)
        if read.role == BIRTH:
            cells = self._canonical(read)
            return cells.with_values(self._calculated(cells.values, birth_year_sql(self._terms.extract)))
        if read.role == TEXT and self._terms.free_text == DROP and read.column.name not in TERMS:
            return None
        if read.role in (TEXT, PLAIN):
            return self._scanned(self._canonical(read), read.role == TEXT)
        return self._pseudonyms[read.name]

    def names_that_tell(self, names: Sequence[str]) -> set[str]:
        """Return those of the names of columns, sheets or codes that may say who or when."""
        return scan.names_that_tell(names, self._patients)

    def reasons(self) -> Encoded:
        """Return why each row is not of the export."""
        return self._cells[WHY]

    def records(self) -> Encoded:
        """Return a pseudonym of the record that each row is of."""
        cells = self._cells[RECORD]
        named = pseudonyms_of(self._key, RECORD_LETTER, self._terms.site, cells.values)
        self.names.append((RECORD_LETTER, pl.DataFrame({"pseudonym": named, "identifier": cells.values}, schema=NAMES)))
        return cells.with_values(named)

    def _calculated(self, values: pl.Series, sql: str) -> pl.Series:
        return calculated(self._con, values, f"SELECT {sql} FROM {CELLS}")  # noqa: S608 (own SQL)

    def _canonical(self, read: Read) -> Encoded:
        """Return the canonical cells of a column."""
        place, name = read.cell.place, read.name
        if name not in self._read:
            if place is None:
                cells, relation = self._cells[name], f"(SELECT cell AS {name} FROM {CELLS})"  # noqa: S608
            else:
                cells = self._cells[f"{AS_DELIVERED}{place}"]
                source = Source([], f"(SELECT cell AS c{place} FROM {CELLS})", line="0")  # noqa: S608
                relation = stepped(source, {name: read.cell}, [])
            sql = cell_of(read.export, read.column.name, name) if is_identifier(read) else name
            odd = None
            if is_identifier(read) and not any(read.cell.steps):
                odd = (~cells.values.str.contains(judged.HARMLESS)).arg_true()  # the others are read as they are
            some = cells.values if odd is None else cells.values.gather(odd)
            made = calculated(self._con, some, f"SELECT {sql} FROM {relation}")  # noqa: S608 (own SQL)
            self._read[name] = cells.with_values(made if odd is None else cells.values.scatter(odd, made))
        return self._read[name]

    def _name(self, read: Read, first: Read) -> None:
        """Make the pseudonyms of a column; `first` is the first column of the same kind."""
        cells, site = self._canonical(read), self._terms.site
        bare = pseudonyms_of(self._key, read.role, site, cells.values)
        if read.role == LETTERS[PATIENT_ID]:
            self._days[read.name] = days_back_of(self._key, site, bare).to_numpy()
        odd = cells.values.filter(~cells.values.str.contains(judged.HARMLESS))
        marked = judged.marks(first.column, odd)
        if marked:
            around = [
                cells.values.replace_strict({one: marks[n] for one, marks in marked.items()}, default="")
                for n in (0, 1)
            ]
            bare = around[0] + bare + around[1]
        self.names.append((read.role, pl.DataFrame({"pseudonym": bare, "identifier": cells.values}, schema=NAMES)))
        self._pseudonyms[read.name] = cells.with_values(bare)

    @cached_property
    def _patients(self) -> set[str]:
        """Return the numbers of the file's patients."""
        of_patients = (read for read in needed(self._columns) if read.role == LETTERS[PATIENT_ID])
        return {number for read in of_patients for number in self._canonical(read).values}

    def _scanned(self, cells: Encoded, is_text: bool) -> Encoded:
        """Return cells without what may say who or when."""
        told = cells.values.filter(~cells.values.str.contains(rf"^(?:{scan.HARMLESS})$"))
        if told.is_empty():
            return cells
        kept = scan.without_identities(told, self._patients, self._terms.free_text, is_text)
        return cells.with_values(cells.values.replace(kept)) if kept else cells

    def _shifted(self, read: Read) -> Encoded:
        """Return shifted dates; a row without a patient has no date."""
        cells = self._canonical(read)
        back = np.full(len(cells.places), UNKNOWN)
        if read.patient is not None:
            back = self._canonical(read.patient).of_rows(self._days[read.patient.name], UNKNOWN)
        return moved(self._con, cells, day_delivered(self._terms.extract), back)


def all_names(frames: Iterable[tuple[str, pl.DataFrame]]) -> pl.DataFrame:
    """Return which identifier each pseudonym stands for; the frames are of one kind of identifier each, by letter."""
    of_letter: dict[str, list[pl.DataFrame]] = {}
    for letter, frame in frames:
        of_letter.setdefault(letter, []).append(frame)
    distinct = (some[0] if len(some) == 1 else pl.concat(some).unique() for some in of_letter.values())
    return pl.concat([pl.DataFrame(schema=NAMES), *distinct])
