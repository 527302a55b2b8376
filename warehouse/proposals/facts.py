"""Asks a source's cells for what a proposal needs: how many are filled, their numbers, their few different values.

A value leaves this module only if it is one of few of a coded column, and cannot be a person's name or number.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb
import polars as pl

from schemas.header_names import looks_personal
from schemas.phi_names import looks_like_a_name
from warehouse.proposals.legends import legend_of
from warehouse.proposals.site_sources import SiteSource
from warehouse.storage.sql_files import sql_text

MOST_VALUES = 25
"""A coded column has at most this many different cells; one with more is text."""
LONGEST_VALUE = 40
OF_SEVERAL = 3
"""Two words that may be a name are shown if they are cells of at least this many patients."""
DATE_LIKE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d{5,}")


@dataclass(frozen=True)
class Value:
    """A cell's text: in how many rows it is, and of how many patients those are."""

    text: str
    n_rows: int
    n_patients: int


@dataclass(frozen=True)
class Facts:
    """Answers about a column of a source, or about wide columns together. `patient` is the column of patients."""

    con: duckdb.DuckDBPyConnection
    source: SiteSource
    names: tuple[str, ...]
    patient: str | None = None

    @property
    def relation(self) -> str:
        """Return SQL of the filled cells: cell, patient."""
        patient = f"c{self.source.place(self.patient)}" if self.patient else "NULL"
        selects = (
            f"SELECT c{self.source.place(name)} AS cell, {patient} AS patient FROM {self.source.table}"  # noqa: S608
            for name in self.names
        )
        return f"(FROM ({' UNION ALL '.join(selects)}) WHERE cell IS NOT NULL)"

    def one(self, *selected: str, where: str = "true") -> tuple:
        """Return the one row of a query of aggregates over the filled cells."""
        row = self.con.execute(f"SELECT {', '.join(selected)} FROM {self.relation} WHERE {where}").fetchone()  # noqa: S608
        assert row is not None  # an aggregate without groups has one row
        return row

    def count(self, where: str = "true") -> int:
        """Return how many filled cells meet a condition on `cell`."""
        return self.one("count(*)", where=where)[0]

    def values(self) -> list[Value] | None:
        """Return the different cells of a coded column, the most frequent first; None if there are too many."""
        rows = self.con.execute(
            f"SELECT cell, count(*), count(DISTINCT patient) FROM {self.relation} "  # noqa: S608 (own names)
            f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_VALUES + 1}"
        ).fetchall()
        return None if len(rows) > MOST_VALUES else [Value(*row) for row in rows]

    def labels(self) -> dict[str, str]:
        """Return the value labels of the columns, by code."""
        found: dict[str, str] = {}
        for name in self.names:
            found |= self.source.labels(name)
        return found

    def legend(self) -> dict[str, str]:
        """Return what the columns' names or titles say of their codes."""
        found: dict[str, str] = {}
        for name in self.names:
            found |= legend_of(self.source.title(name)) or legend_of(name)
        return found

    def occurring(self, words: Iterable[str]) -> dict[str, str]:
        """Return those of the words, in lower case, that are cells of the column, each with how it is written there."""
        listed = ", ".join(sql_text(word) for word in words)
        if not listed:
            return {}
        sql = f"SELECT lower(cell), min(cell) FROM {self.relation} WHERE lower(cell) IN ({listed}) GROUP BY 1"  # noqa: S608
        return dict(self.con.execute(sql).fetchall())

    def median(self, decimal: str, missing: Iterable[str] = ()) -> float | None:
        """Return the median of the cells that are numbers, None without any."""
        plain = "cell"
        if decimal == ",":
            plain = "CASE WHEN contains(cell, ',') THEN replace(replace(cell, '.', ''), ',', '.') ELSE cell END"
        return self.one(f"median(TRY_CAST({plain} AS DOUBLE))", where=without("cell", missing))[0]


def is_unique(con: duckdb.DuckDBPyConnection, source: SiteSource, names: Iterable[str], filled: Iterable[str]) -> bool:
    """Return whether no two rows, of those with all of `filled`, have the same cells in these columns."""
    where = " AND ".join(f"c{source.place(name)} IS NOT NULL" for name in filled)
    key = ", ".join(f"coalesce(c{source.place(name)}, '')" for name in names)
    row = con.execute(f"SELECT count(*) = count(DISTINCT row({key})) FROM {source.table} WHERE {where}").fetchone()  # noqa: S608
    return bool(row and row[0])


def without(cell: str, missing: Iterable[str]) -> str:
    """Return SQL that is true for cells that are none of the missing words."""
    listed = ", ".join(sql_text(word.lower()) for word in missing)
    return f"lower({cell}) NOT IN ({listed})" if listed else "true"


def may_be_shown(value: Value) -> bool:
    """Return whether a cell of a coded column may be written into a proposal."""
    text = value.text
    if len(text) > LONGEST_VALUE or DATE_LIKE.search(text) or looks_personal(text) or not text.isprintable():
        return False
    return not _looks_like_a_name(text) or value.n_patients >= OF_SEVERAL


def _looks_like_a_name(text: str) -> bool:
    return bool(pl.DataFrame({"code": [text]}).select(looks_like_a_name("code")).item())
