"""Has DuckDB bind the SQL of a rule on empty clean tables, so that an unknown name is refused before a night."""

from functools import cache

import duckdb

from schemas.exports import EXPORTS
from warehouse.own_rules.refusal import RuleRefused
from warehouse.releases.query_errors import failed


def tried(sql: str) -> None:
    """Bind the SELECT. RuleRefused, with DuckDB's suggestion, if it does not fit the clean tables."""
    try:
        empty_tables().execute(f"EXPLAIN {sql}")
    except duckdb.Error as error:
        refused = failed(error, sql, _names())
        raise RuleRefused(refused.message, "Correct the SQL; docs/exports.md lists the columns.") from None


@cache
def _names() -> frozenset[str]:
    return frozenset({*EXPORTS, "clean", *(name for export in EXPORTS.values() for name in export.column_names)})


@cache
def empty_tables() -> duckdb.DuckDBPyConnection:
    """Return a database in memory with the empty clean tables of the exports, and without access to files."""
    con = duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": False, "enable_external_access": False})
    con.execute("CREATE SCHEMA clean")
    for export in EXPORTS.values():
        columns = ", ".join(f"{one.name} {one.duckdb_type}" for one in export.columns)
        con.execute(f"CREATE TABLE clean.{export.name} (row_id BIGINT, site VARCHAR, delivery VARCHAR, {columns})")
    return con
