"""Looks once at the columns of a flat REDCap export that a feed reads, and keeps them in a temporary table.

All that has to be known of the rows before they are loaded is asked of that table, so that a file with hundreds of
columns is read once, whatever is asked.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from warehouse.readers.cells import trim_sql
from warehouse.readers.source import Source
from warehouse.sources.redcap_dictionary import CHECKED, STATUS
from warehouse.sources.redcap_layout import EVENT, INSTANCE, INSTRUMENT, Layout
from warehouse.sources.redcap_rows import Seen
from warehouse.storage.sql_files import sql_text

TABLE = "redcap_look"
CHECKBOX = "___"
WHOLE = r"\d+(\.0+)?"


@dataclass(frozen=True)
class Look:
    """The look at one file: `places` are the positions of the data columns that are read."""

    con: duckdb.DuckDBPyConnection
    layout: Layout
    places: list[int]

    def row(self, *selected: str, where: str = "true") -> tuple:
        """Return the one row of a query of aggregates over the look."""
        sql = f"SELECT {', '.join(selected)} FROM {TABLE} WHERE {where}"  # noqa: S608 (own names)
        row = self.con.execute(sql).fetchone()
        assert row is not None  # an aggregate without groups has one row
        return row

    def distinct(self, name: str) -> tuple[str, ...]:
        """Return the different cells in one of REDCap's own columns; none if the file lacks it."""
        if name not in self.layout.own:
            return ()
        cell = cell_of(self.layout.own[name])
        sql = f"SELECT DISTINCT {cell} FROM {TABLE} WHERE {cell} IS NOT NULL ORDER BY 1"  # noqa: S608 (own names)
        return tuple(value for (value,) in self.con.execute(sql).fetchall())

    def seen(self) -> Seen:
        """Return the instruments and events of the file."""
        repeating = f"count({cell_of(self.layout.own[INSTRUMENT])})" if INSTRUMENT in self.layout.own else "0"
        odd = "0"
        if INSTANCE in self.layout.own:
            odd = f"count(*) FILTER (NOT regexp_full_match({cell_of(self.layout.own[INSTANCE])}, {sql_text(WHOLE)}))"
        n_rows, n_repeating, n_odd = self.row("count(*)", repeating, odd)
        return Seen(
            n_rows,
            n_repeating,
            self._n_repeated(),
            self.distinct(INSTRUMENT),
            self.distinct(EVENT),
            self._has_other_forms(),
            n_odd,
            self._forms(),
        )

    def _has_other_forms(self) -> bool:
        filled = [f"{cell_of(place)} IS NULL" for place in self.layout.statuses.values() or self.places]
        if INSTRUMENT in self.layout.own or not filled:
            return False
        sql = (
            f"SELECT 1 FROM {TABLE} GROUP BY {self._key()} "  # noqa: S608 (own names)
            f"HAVING count(*) > 1 AND count(DISTINCT row({', '.join(filled)})) > 1 LIMIT 1"
        )
        return self.con.execute(sql).fetchone() is not None

    def _forms(self) -> dict[str, str]:
        """Return the form of each instrument by the status columns of its rows, where that is one form alone."""
        if INSTRUMENT not in self.layout.own or not self.layout.statuses or not any(self.layout.columns):
            return {}
        here = cell_of(self.layout.own[INSTRUMENT])
        filled = ", ".join(f"count({cell_of(place)})" for place in self.layout.statuses.values())
        sql = f"SELECT {here}, {filled} FROM {TABLE} WHERE {here} IS NOT NULL GROUP BY 1"  # noqa: S608 (own names)
        found = {}
        for instrument, *counts in self.con.execute(sql).fetchall():
            forms = [form for form, count in zip(self.layout.statuses, counts, strict=True) if count]
            if len(forms) == 1:
                found[instrument] = forms[0]
        return found

    def _n_repeated(self) -> int:
        n_rows, n_keys = self.row("count(*)", f"count(DISTINCT row({self._key()}))")
        return n_rows - n_keys

    def _key(self) -> str:
        own = [self.layout.own[name] for name in (EVENT, INSTRUMENT, INSTANCE) if name in self.layout.own]
        return ", ".join(f"coalesce({cell_of(place)}, '')" for place in (self.layout.record, *own))

    def has_label_cells(self) -> bool | None:
        """Return whether cells hold labels rather than codes; None if no cell tells."""
        counts = [count for place in self._coded() for count in self._counts(place)]
        if not counts:
            return None
        found = self.row(*counts)
        n_codes, n_labels = sum(found[::2]), sum(found[1::2])
        return None if n_codes == n_labels == 0 else n_labels > n_codes

    def _coded(self) -> list[int]:
        return [place for place in (*self.places, *self.layout.statuses.values()) if self._choices(place)]

    def _choices(self, place: int) -> dict[str, str]:
        described = self.layout.columns[place]
        if described is not None:
            return dict(described.choices)
        if place in self.layout.statuses.values():
            return STATUS
        return CHECKED if CHECKBOX in self.layout.names[place] else {}

    def _counts(self, place: int) -> tuple[str, str]:
        """Return SQL that counts the cells that only a code can be, and those that only a label can be."""
        choices = self._choices(place)
        codes = {code.lower() for code in choices}
        labels = {label.lower() for label in choices.values()}
        return _count(place, codes - labels), _count(place, labels - codes)


def cell_of(place: int) -> str:
    """Return the name of a column in the look: trimmed, null if empty."""
    return f"c{place}"


@contextmanager
def looked_at(con: duckdb.DuckDBPyConnection, source: Source, layout: Layout, places: list[int]) -> Iterator[Look]:
    """Look at the source: its data columns at `places`, REDCap's own and the forms' status columns."""
    needed = sorted({layout.record, *layout.own.values(), *layout.statuses.values(), *places})
    cells = ", ".join(f"{trim_sql(f'c{place}')} AS {cell_of(place)}" for place in needed)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {TABLE} AS SELECT {cells} FROM {source.relation}")  # noqa: S608
    try:
        yield Look(con, layout, places)
    finally:
        con.execute(f"DROP TABLE IF EXISTS {TABLE}")


def _count(place: int, values: set[str]) -> str:
    listed = ", ".join(sql_text(value) for value in sorted(values))
    return f"count(*) FILTER (lower({cell_of(place)}) IN ({listed}))" if values else "0"
