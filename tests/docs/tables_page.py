"""Writes docs/tables.md: every table of a release, with a description of each column.

The descriptions come from the declarations, and the types of the columns from an empty registry.
"""

from __future__ import annotations

from itertools import groupby

from schemas.cohort import COHORT
from schemas.derived import DERIVED
from schemas.exports import EXPORTS
from tests.docs.empty_registry import Column, documented_columns
from tests.docs.markdown import page, table

SCHEMAS = {
    "clean": "Accepted rows, typed. Columns keep the names of the exports; site, delivery and line say where a row "
    "comes from.",
    "derived": "The endpoints, computed from the clean rows ([clause by clause](endpoints.md)).",
    "analysis": "Estimates in long, tidy form: one row per estimate.",
    "cohort": "Views to choose patients and lesions from, one row each ([cohorts](cohorts.md)).",
    "quality": "What is set aside and why, and the outcome of every rule ([the rules](rules.md)).",
    "meta": "About the release itself.",
}
MADE = {"derived": DERIVED, "cohort": COHORT}
OPENING = """\
# Tables of a release

The tables that `registry query` can read. Generated from the declarations by `make docs`; change them, not this page. A
release holds the same descriptions as comments in the database and in `meta.columns`.

Months are days / 30.4375. An empty cell is null. Every key begins with `site`."""


def render() -> str:
    """The whole page."""
    columns = documented_columns()
    parts = [OPENING]
    for schema, in_schema in groupby(columns, key=lambda c: c[0]):
        parts += [f"## {schema}", SCHEMAS[schema]]
        for (name, prose), rows in groupby(in_schema, key=lambda c: (c[1], c[2])):
            parts += [f"### {schema}.{name}", prose + _key(schema, name), _table(schema, name, list(rows))]
    return page(*parts)


def _key(schema: str, name: str) -> str:
    if schema in MADE:
        return f" Key: {', '.join(MADE[schema][name].key)}."
    if schema == "clean" and name in EXPORTS:
        return f" Key: {', '.join(('site', *EXPORTS[name].key))}."
    return ""


def _table(schema: str, name: str, rows: list[Column]) -> str:
    return table(("column", "type", "meaning"), ((f"`{c[3]}`", c[4], c[5] + _codes(schema, name, c[3])) for c in rows))


def _codes(schema: str, table_name: str, column: str) -> str:
    """The codes that the column may hold, as a sentence."""
    if schema == "clean" and table_name in EXPORTS and column in EXPORTS[table_name].column_names:
        codes: tuple = EXPORTS[table_name].column(column).codes
    elif schema in MADE:
        codes = next(c.codes for c in MADE[schema][table_name].columns if c.name == column)
    else:
        codes = ()
    return f" One of: {', '.join(str(code) for code in codes)}." if codes else ""
