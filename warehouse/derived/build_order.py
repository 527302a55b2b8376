"""Finds the order in which tables are built, from the tables that each one's SELECT reads."""

import json
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter

import duckdb

_found: dict[str, frozenset[str]] = {}
"""SELECT -> the tables that it reads; a refresh asks about each of its own several times."""


def tables_in(con: duckdb.DuckDBPyConnection, sql: str) -> set[str]:
    """Return the tables that a SELECT reads, as schema.table. DuckDB's own parser finds them; none needs to exist.

    Raises ValueError if DuckDB cannot parse it.

    >>> sorted(tables_in(duckdb.connect(), "WITH a AS (FROM clean.patients) FROM a JOIN derived.lesion_ltp USING (b)"))
    ['clean.patients', 'derived.lesion_ltp']
    """
    if sql not in _found:
        row = con.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()
        parsed = json.loads(row[0]) if row else {"error": True}
        if parsed["error"]:
            raise ValueError(f"DuckDB cannot parse a SELECT: {parsed.get('error_message')}")
        _found[sql] = frozenset(_tables_below(parsed))
    return set(_found[sql])


def _tables_below(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("type") == "BASE_TABLE" and node["schema_name"]:  # common table expressions have no schema
            yield f"{node['schema_name']}.{node['table_name']}"
        for child in node.values():
            yield from _tables_below(child)
    elif isinstance(node, list):
        for child in node:
            yield from _tables_below(child)


def build_order(con: duckdb.DuckDBPyConnection, selects: Mapping[str, str]) -> tuple[str, ...]:
    """Return the tables of `selects` (schema.table -> SELECT), each after those that it reads, otherwise as given.

    Raises graphlib.CycleError if tables read each other.

    >>> build_order(duckdb.connect(), {"a.last": "FROM a.first", "a.other": "SELECT 1", "a.first": "FROM raw.rows"})
    ('a.other', 'a.first', 'a.last')
    """
    sorter: TopologicalSorter[str] = TopologicalSorter({table: () for table in selects})
    for table, sql in selects.items():
        sorter.add(table, *sorted(tables_in(con, sql) & set(selects)))
    return tuple(sorter.static_order())
