"""Defines the classes in which an export is declared (columns, key, row rules) and helpers for rule conditions."""

from dataclasses import dataclass
from typing import Literal

import polars as pl

Kind = Literal["identifier", "text", "code", "flag", "date", "integer", "number"]

DUCKDB_TYPE: dict[str, str] = {
    "identifier": "VARCHAR",
    "text": "VARCHAR",
    "code": "VARCHAR",
    "flag": "VARCHAR",
    "date": "DATE",
    "integer": "INTEGER",
    "number": "DOUBLE",
}


@dataclass(frozen=True)
class Column:
    """One canonical column of an export.

    `code_rule` is the rule that a value outside `codes` breaks. `stored_as` is set if a coded column is stored as a
    number (ecog). `default` replaces an empty cell. `came_later`: questions about rows were asked before the column was
    there, so that it is part of what a question is about only where it is filled. `also_named`: what a header may call
    it too.
    """

    name: str
    kind: Kind
    prose: str
    required: bool = False
    codes: tuple[str, ...] = ()
    code_rule: str = ""
    stored_as: Kind | None = None
    default: str | None = None
    came_later: bool = False
    also_named: tuple[str, ...] = ()

    @property
    def duckdb_type(self) -> str:
        """Return the column's type in the clean table."""
        return DUCKDB_TYPE[self.stored_as or self.kind]

    @property
    def is_parsed(self) -> bool:
        """Return whether the text can fail to parse (TYPE-01)."""
        return self.kind in ("date", "integer", "number")

    @property
    def is_text(self) -> bool:
        """Return whether the cell stays text, which may still be no valid value (TYPE-01)."""
        return self.kind in ("identifier", "text")


@dataclass(frozen=True)
class RowRule:
    """A rule that one row can break, bound to the column it sets aside or flags.

    `holds` is a polars expression that is true where the row keeps the rule. It must never be null: a condition that
    does not provide for an empty cell is reported as an error of the rule instead of passing silently.
    """

    rule_id: str
    column: str
    holds: pl.Expr


@dataclass(frozen=True)
class Export:
    """One kind of delivery: name, key (site comes before it), columns and row rules."""

    name: str
    prose: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    row_rules: tuple[RowRule, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """Return the names of the canonical columns in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return the column of that name. Raises KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def required_key(self) -> tuple[str, ...]:
        """Return the key columns that must be filled; a row without one of them has no key."""
        return tuple(name for name in self.key if self.column(name).required)


def if_filled(column: str, condition: pl.Expr) -> pl.Expr:
    """Return an expression that is true where `column` is empty or `condition` holds."""
    return pl.col(column).is_null() | condition


def between(column: str, low: float, high: float) -> pl.Expr:
    """Return an expression that is true where `column` is empty or within low..high, both ends included."""
    return if_filled(column, pl.col(column).is_between(low, high))


def code_rules(columns: tuple[Column, ...]) -> tuple[RowRule, ...]:
    """Return one rule for each coded column: the cell is empty or in the column's code list."""
    return tuple(
        RowRule(c.code_rule, c.name, if_filled(c.name, pl.col(c.name).is_in(list(c.codes)))) for c in columns if c.codes
    )
