"""Defines how a table that the platform makes is declared, and checks frames against its contract."""

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
    """A column: its DuckDB type, its meaning, whether it may be null, and its codes if it has any."""

    name: str
    kind: str
    prose: str
    nullable: bool = False
    codes: tuple = ()


@dataclass(frozen=True, eq=False)
class Table:
    """A table: columns in order, key, and conditions (name, expression) that must hold in every row."""

    name: str
    prose: str
    key: tuple[str, ...]
    columns: tuple[TableColumn, ...]
    conditions: tuple[tuple[str, pl.Expr], ...]


def _holds(condition: pl.Expr):
    return lambda data: data.lazyframe.select(condition.fill_null(False))


def pandera_schema(table: Table):
    """Return the table's contract as a Pandera schema: types, nulls, codes, and conditions (on its first column)."""
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
    """Return the number of rows that break each condition, by "column: condition". Contains no values.

    `frame` is eager, with the table's columns in order.
    """
    import pandera.polars as pa

    try:
        _cached_schema(table).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as broken:
        counts = broken.failure_cases.group_by("column", "check").len().sort("column", "check")
        return {f"{column}: {check}": int(n) for column, check, n in counts.iter_rows()}
    return {}
