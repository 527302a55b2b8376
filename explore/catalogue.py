"""Browses every table of a release like a catalogue: names, comments, columns, rows, and a search over the words."""

from dataclasses import dataclass
from typing import Any

import duckdb

from warehouse.storage.errors import RegistryError

ROWS = 50
"""Rows of a table on a page."""
TABLES = """
    SELECT schema_name, table_name, coalesce(comment, ''), estimated_size, column_count, false FROM duckdb_tables()
    WHERE NOT internal AND NOT temporary
    UNION ALL
    SELECT schema_name, view_name, coalesce(comment, ''), NULL, column_count, true FROM duckdb_views()
    WHERE NOT internal AND NOT temporary
    ORDER BY ALL
"""
COLUMNS = """
    SELECT schema_name, table_name, column_name, data_type, coalesce(comment, '') FROM duckdb_columns()
    WHERE NOT internal ORDER BY schema_name, table_name, column_index
"""
SCHEMAS = {
    "cohort": "Cohorts are chosen from these",
    "clean": "Accepted rows of the exports",
    "derived": "What is worked out of them: genotype, LTP, endpoints",
    "analysis": "The release's own results",
    "quality": "What the rules found",
    "meta": "Deliveries and columns",
}
"""Schemas in the order of the catalogue, with their words."""
COLUMNS_OWN = "Tables and columns of the release, with their meaning."


class TableUnknown(RegistryError):
    """The release has no such table."""


@dataclass(frozen=True)
class Column:
    """A column: its type and its comment."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True)
class Entry:
    """A table of the catalogue with its columns; `n_rows` is None for a view. `found` are the columns of a search."""

    schema: str
    name: str
    comment: str
    n_rows: int | None
    columns: tuple[Column, ...]
    found: tuple[Column, ...] = ()

    @property
    def full_name(self) -> str:
        """Return <schema>.<table>."""
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Rows:
    """A page of a table's rows as texts; null is an empty text."""

    rows: tuple[tuple[str, ...], ...]
    page: int
    has_next: bool


def entries(con: duckdb.DuckDBPyConnection) -> list[Entry]:
    """Return every table and view of the release, schema by schema."""
    columns: dict[tuple[str, str], list[Column]] = {}
    for schema, table, name, kind, comment in con.execute(COLUMNS).fetchall():
        columns.setdefault((schema, table), []).append(Column(name, kind, comment))
    order = {schema: place for place, schema in enumerate(SCHEMAS)}
    found = [
        Entry(schema, name, comment or _own(schema, name), n_rows, tuple(columns.get((schema, name), ())))
        for schema, name, comment, n_rows, _, _ in con.execute(TABLES).fetchall()
    ]
    return sorted(found, key=lambda entry: (order.get(entry.schema, len(order)), entry.schema, entry.name))


def searched(everything: list[Entry], asked: str) -> list[Entry]:
    """Return the tables whose name or comment, or one of whose columns', holds every word that is asked for."""
    wanted = asked.lower().split()
    if not wanted:
        return everything
    found = []
    for entry in everything:
        own = tuple(c for c in entry.columns if _holds(f"{c.name} {c.comment}", wanted))
        if own or _holds(f"{entry.full_name} {entry.comment}", wanted):
            found.append(Entry(entry.schema, entry.name, entry.comment, entry.n_rows, entry.columns, own))
    return found


def entry_of(everything: list[Entry], full_name: str) -> Entry:
    """Return the table of that name. TableUnknown if there is none."""
    for entry in everything:
        if entry.full_name == full_name:
            return entry
    raise TableUnknown("The release has no such table.", "The catalogue lists them all.")


def rows_of(con: duckdb.DuckDBPyConnection, entry: Entry, page: int) -> Rows:
    """Return a page of the table's rows, as they are stored; a view's in the order of its columns."""
    order = " ORDER BY ALL" if entry.n_rows is None else ""
    found = con.execute(f"{select_of(entry)}{order} LIMIT {ROWS + 1} OFFSET {(page - 1) * ROWS}").fetchall()
    return Rows(tuple(tuple(_cell(cell) for cell in row) for row in found[:ROWS]), page, len(found) > ROWS)


def select_of(entry: Entry) -> str:
    """Return the SELECT of the whole table; its name is one that the catalogue gave."""
    return f'SELECT * FROM "{entry.schema}"."{entry.name}"'  # noqa: S608 (a name of the catalogue)


def _own(schema: str, name: str) -> str:
    return COLUMNS_OWN if (schema, name) == ("meta", "columns") else ""


def _holds(text: str, wanted: list[str]) -> bool:
    return all(word in text.lower() for word in wanted)


def _cell(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return ", ".join(str(part) for part in cell) if isinstance(cell, list) else str(cell)
