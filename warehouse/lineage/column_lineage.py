"""Traces a column back, step by step, to the columns of the exports.

Combines the lineage of the SQL (table_lineage.py), the columns that the analyses read, and the columns that are copied
by declaration.
"""

from functools import cache

from schemas.analysis_tables import READS
from schemas.exports import EXPORTS
from schemas.genotypes import PARSED_COLUMNS
from warehouse.lineage.table_lineage import TABLES, Columns, lineage

EXPORT = "export"
READ_BY_PARSING = ("gene", "variant")
"""Columns of genotypes that the parsed columns are read from."""


@cache
def direct_sources(table: str) -> Columns:
    """Return the (table, column) pairs that each column is made from, one step back, without the build's helper tables.

    An analysis makes every figure from all the columns that it reads: these are listed under the column ''.
    """
    schema, name = table.split(".")
    if table in TABLES:
        return {
            column: [(source, c) for source, c in sources if not source.startswith("work.")]
            for column, sources in lineage()[table].items()
            if column
        }
    if name in EXPORTS and schema == "raw":
        return {column: [(f"{EXPORT}.{name}", column)] for column in EXPORTS[name].column_names}
    if name in EXPORTS and schema == "clean":
        return _of_clean(name)
    if table in READS:
        return {"": [(source, column) for source, columns in READS[table].items() for column in columns]}
    return {}


def _of_clean(name: str) -> Columns:
    """Map every column to its raw column, except those parsed from gene and variant and those that locate the row."""
    raw = f"raw.{name}"
    columns = {column: [(raw, column)] for column in ("site", *EXPORTS[name].column_names)}
    if name == "genotypes":
        columns |= {column.name: [(raw, source) for source in READ_BY_PARSING] for column in PARSED_COLUMNS}
    return columns | {column: [(raw, "row_id")] for column in ("delivery", "line")}


@cache
def export_columns(table: str, column: str) -> tuple[tuple[str, str], ...]:
    """Return the (export, column) pairs that the column is finally made from; none for a row count or a constant."""
    found: set[tuple[str, str]] = set()
    for source, name in direct_sources(table).get(column, ()):
        schema, export = source.split(".")
        found |= {(export, name)} if schema == EXPORT else set(export_columns(source, name))
    return tuple(sorted(found))


def in_words(table: str, column: str) -> str:
    """Say where the column comes from, in a sentence or two; '' if it has no source or is copied from the export."""
    direct, ends = direct_sources(table).get(column, []), export_columns(table, column)
    if not direct or (len(direct) == 1 and [name for _, name in ends] == [column]):
        return ""
    return f"From {_listed(direct)}." + (f" In the exports: {_listed(ends)}." if ends else "")


def _listed(pairs) -> str:
    tables = dict.fromkeys(table for table, _ in pairs)
    return "; ".join(f"{table}: {', '.join(sorted({c for t, c in pairs if t == table}))}" for table in tables)
