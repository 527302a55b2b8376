"""Writes docs/tables.md: every table of a release, with a description of each column.

The descriptions come from the declarations, and the types of the columns from an empty registry.
"""

from __future__ import annotations

from itertools import groupby

from schemas.derived import DERIVED
from schemas.exports import EXPORTS
from tests.docs.empty_registry import Column, documented_columns
from tests.docs.markdown import page, table

SCHEMAS = {
    "clean": "Accepted rows, typed. Columns keep the names of the exports; site, delivery and line say where a row "
    "comes from.",
    "derived": "The endpoints, computed from the clean rows ([clause by clause](endpoints.md)).",
    "analysis": "Estimates in long, tidy form: one row per estimate.",
    "quality": "What is set aside and why, and the outcome of every rule ([the rules](rules.md)).",
    "meta": "About the release itself.",
}
OPENING = """\
# Tables of a release

The tables that `registry query` can read. Generated from the declarations by `make docs`; change them, not this page. A
release holds the same descriptions in `meta.columns`.

Months are days / 30.4375. An empty cell is null. Every key begins with `site`."""


def render() -> str:
    """The whole page."""
    columns = documented_columns() + meta_columns()
    parts = [OPENING]
    for schema, in_schema in groupby(columns, key=lambda c: c[0]):
        parts += [f"## {schema}", SCHEMAS[schema]]
        for (name, prose), rows in groupby(in_schema, key=lambda c: (c[1], c[2])):
            parts += [f"### {schema}.{name}", prose + _key(schema, name), _table(schema, name, list(rows))]
    return page(*parts)


def meta_columns() -> list[Column]:
    """meta.columns itself, which cannot list its own columns while it is made."""
    from schemas.words import COMMON_COLUMNS
    from warehouse.storage.table_catalogue import META_TABLES

    prose = next(t.prose for t in META_TABLES if t.name == "columns")
    names = ("table_schema", "table_name", "table_prose", "column_name", "data_type", "column_prose")
    words = COMMON_COLUMNS | {"column_name": "The column."}  # elsewhere, the column that broke a rule
    return [("meta", "columns", prose, name, "VARCHAR", words[name]) for name in names]


def _key(schema: str, name: str) -> str:
    if schema == "derived":
        return f" Key: {', '.join(DERIVED[name].key)}."
    if schema == "clean" and name in EXPORTS:
        return f" Key: {', '.join(('site', *EXPORTS[name].key))}."
    return ""


def _table(schema: str, name: str, rows: list[Column]) -> str:
    return table(("column", "type", "meaning"), ((f"`{c[3]}`", c[4], c[5] + _codes(schema, name, c[3])) for c in rows))


def _codes(schema: str, table_name: str, column: str) -> str:
    """The codes that the column may hold, as a sentence."""
    if schema == "clean" and table_name in EXPORTS and column in EXPORTS[table_name].column_names:
        codes: tuple = EXPORTS[table_name].column(column).codes
    elif schema == "derived":
        codes = next(c.codes for c in DERIVED[table_name].columns if c.name == column)
    else:
        codes = ()
    return f" One of: {', '.join(str(code) for code in codes)}." if codes else ""
