"""Tables that the platform makes: their declaration and their contract.

What belongs here: the classes and how a frame is held against them. What does not: any table's own declaration.
"""

from dataclasses import dataclass
from functools import cache

import polars as pl

POLARS_TYPE: dict[str, type[pl.DataType] | pl.DataType] = {
    "VARCHAR": pl.String,
    "DATE": pl.Date,
    "INTEGER": pl.Int32,
    "BIGINT": pl.Int64,
    "DOUBLE": pl.Float64,
    "BOOLEAN": pl.Boolean,
    "VARCHAR[]": pl.List(pl.String),
}


@dataclass(frozen=True)
class TableColumn:
    """A column: its DuckDB type, what it means, whether it may be empty, and its codes if it has any."""

    name: str
    kind: str
    prose: str
    nullable: bool = False
    codes: tuple = ()


@dataclass(frozen=True, eq=False)
class Table:
    """A table: columns in order, key, and conditions (name, expression) that hold in every row."""

    name: str
    prose: str
    key: tuple[str, ...]
    columns: tuple[TableColumn, ...]
    conditions: tuple[tuple[str, pl.Expr], ...]


def _holds(condition: pl.Expr):
    return lambda data: data.lazyframe.select(condition.fill_null(False))


def pandera_schema(table: Table):
    """The table's contract as a Pandera schema: types, empties, codes, conditions (on its first column)."""
    import pandera.polars as pa

    columns = {}
    for position, column in enumerate(table.columns):
        checks = []
        if column.codes:
            checks.append(pa.Check.isin(list(column.codes), name=f"{column.name} in its codes", error="codes"))
        if position == 0:
            checks += [
                pa.Check(_holds(condition), name=name, error=name, ignore_na=False)
                for name, condition in table.conditions
            ]
        columns[column.name] = pa.Column(POLARS_TYPE[column.kind], nullable=column.nullable, checks=checks)
    return pa.DataFrameSchema(columns, name=table.name, strict=True, ordered=True)


@cache
def _cached_schema(table: Table):
    return pandera_schema(table)


def broken_counts(table: Table, frame: pl.DataFrame) -> dict[str, int]:
    """How often each condition of the contract is broken, as "column: condition" -> rows. Never values.

    `frame` is eager, with the table's columns in order.
    """
    import pandera.polars as pa

    try:
        _cached_schema(table).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as broken:
        counts = broken.failure_cases.group_by("column", "check").len().sort("column", "check")
        return {f"{column}: {check}": int(n) for column, check, n in counts.iter_rows()}
    return {}
