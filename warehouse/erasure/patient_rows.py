"""Decides which rows of a table are a patient's, in the build database or a release, by the table's columns.

A table identifies the patient of a row in one of three ways: by patient_id, by the raw row as JSON, or by the row's key
as one text. A table with none of these columns holds nothing about a single patient.
"""

import duckdb

from warehouse.redaction.erasure_list import prefixes
from warehouse.redaction.whose_rows import Match
from warehouse.storage.sql_files import sql_text

Table = tuple[str, str]
"""schema, name"""
IN_ROW = "json_extract_string(\"row\", '$.patient_id')"


def tables_with_sites(con: duckdb.DuckDBPyConnection, catalogue: str) -> dict[Table, set[str]]:
    """Return, by (schema, name), the columns of every table that identifies the patient of each row."""
    rows = con.execute(
        "SELECT schema_name, table_name, list(column_name) FROM duckdb_columns() WHERE database_name = ? "
        "GROUP BY ALL ORDER BY ALL",
        [catalogue],
    ).fetchall()
    return {(schema, name): set(columns) for schema, name, columns in rows if _whose(set(columns))}


def _whose(columns: set[str]) -> str | None:
    if "site" not in columns:
        return None
    return next((name for name in ("patient_id", "row", "key") if name in columns), None)


def patients_in(con: duckdb.DuckDBPyConnection, catalogue: str, site: str, match: Match) -> set[str]:
    """Return the patients of the site whom `match` finds in any table of the catalogue."""
    found: set[str] = set()
    for (schema, name), columns in tables_with_sites(con, catalogue).items():
        whose = _whose(columns)
        cell = IN_ROW if whose == "row" else whose
        rows = con.execute(
            f"SELECT DISTINCT {cell} AS p FROM {catalogue}.{schema}.{name} WHERE site = ? AND p IS NOT NULL",  # noqa: S608
            [site],
        ).fetchall()
        ids = [p for (p,) in rows]
        found |= match(prefixes(ids) if whose == "key" else ids)
    return found


def is_theirs(columns: set[str], site: str, ids: set[str]) -> str:
    """Return SQL that is true for the rows of these patients in a table with these columns; it is never null."""
    whose = _whose(columns)
    if whose is None or not ids:
        return "false"
    listed = ", ".join(sql_text(p) for p in sorted(ids))
    theirs = f"{IN_ROW if whose == 'row' else whose} IN ({listed})"
    if whose == "key":
        theirs += "".join(f" OR starts_with(key, {sql_text(p + '|')})" for p in sorted(ids))
    return f"coalesce(site = {sql_text(site)} AND ({theirs}), false)"
