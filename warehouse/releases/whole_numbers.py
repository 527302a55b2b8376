"""Gives whole numbers of 128 bits as BIGINT: Parquet would hold them as DOUBLE, and Arrow and polars as decimals.

A sum of whole numbers is such a number in DuckDB. One that does not fit into 64 bits makes the query fail: it is never
rounded.
"""

import re

import duckdb

WIDE = re.compile(r'"(?:[^"]|"")*"|\bU?HUGEINT\b')
"""A whole number of 128 bits in the name of a type, or the quoted name of a field, which is none."""


def with_whole_numbers(
    con: duckdb.DuckDBPyConnection, answer: duckdb.DuckDBPyRelation, select: str
) -> duckdb.DuckDBPyRelation:
    """Return the answer of `select` with the same columns and rows, each HUGEINT, also within lists, as BIGINT."""
    kinds = [str(kind) for kind in answer.types]
    wanted = [_narrow(kind) for kind in kinds]
    if kinds == wanted:
        return answer
    columns = []
    for place, (name, kind, own) in enumerate(zip(answer.columns, kinds, wanted, strict=True)):
        quoted = '"' + name.replace('"', '""') + '"'
        columns.append(f"c{place} AS {quoted}" if kind == own else f"CAST(c{place} AS {own}) AS {quoted}")
    places = ", ".join(f"c{place}" for place in range(len(kinds)))
    return con.sql(f"SELECT {', '.join(columns)} FROM (\n{select}\n) AS answer({places})")  # noqa: S608 (the reader's)


def _narrow(kind: str) -> str:
    return WIDE.sub(lambda found: found[0] if found[0].startswith('"') else "BIGINT", kind)
