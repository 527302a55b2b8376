"""Determines which tables and columns each table is made from, by parsing its SQL.

Parsing takes seconds, so the result is cached in lineage.json with the fingerprint of the SQL it was read from; if the
fingerprint does not match (a file was edited), the SQL is parsed again. `python -m warehouse.lineage.table_lineage`
rewrites the file.
"""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import cast

import duckdb

from schemas.derived import DERIVED
from warehouse.clean.clean import write_history
from warehouse.clean.lesions import create_clean_tables
from warehouse.derived.completeness import COMPLETENESS_TABLES, build_completeness, completeness_order
from warehouse.derived.derive import derive_all, select_for
from warehouse.raw.tables import create_tables
from warehouse.storage.sql_files import select_of

KEPT = Path(__file__).parent / "lineage.json"
TABLES = (
    "clean.lesions",
    *(f"derived.{name}" for name in DERIVED),
    *(f"quality.{name}" for name in COMPLETENESS_TABLES),
)

Columns = dict[str, list[tuple[str, str]]]
"""column -> the (table, column) pairs it is made from"""


def select_text(table: str) -> str:
    """Return the SELECT that makes `table` (schema.table)."""
    schema, name = table.split(".")
    return select_for(name) if schema == "derived" else select_of(f"{schema}/{name}")


def fingerprint() -> str:
    """Return the SHA-256 of all SELECTs that lineage is read from."""
    return hashlib.sha256("\n".join(select_text(table) for table in TABLES).encode()).hexdigest()


@cache
def lineage() -> dict[str, Columns]:
    """Return the lineage of each table's columns, from lineage.json if it matches the SQL, otherwise by parsing."""
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    if kept.get("fingerprint") != fingerprint():
        return parse_all()
    return {
        table: {name: [(t, c) for t, c in sources] for name, sources in columns.items()}
        for table, columns in kept["tables"].items()
    }


@cache
def tables_read(table: str) -> tuple[str, ...]:
    """Return the tables that `table` (schema.table) is made from."""
    return tuple(sorted({source for sources in lineage()[table].values() for source, _ in sources}))


def parse_all() -> dict[str, Columns]:
    """Parse every SELECT. The tables that a SELECT joins are listed under the column '', even if they only filter."""
    con = duckdb.connect()
    create_clean_tables(con)
    create_tables(con)
    write_history(con, {})
    derive_all(con)
    for name in completeness_order(con):
        build_completeness(con, name)
    known: dict[str, dict[str, dict[str, str]]] = {}
    for schema, table, column, kind in con.execute(
        "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns"
    ).fetchall():
        known.setdefault(schema, {}).setdefault(table, {})[column] = kind
    con.close()
    return {table: _parse(select_text(table), known) for table in TABLES}


def _parse(sql: str, known: dict) -> Columns:
    import sqlglot
    from sqlglot import exp
    from sqlglot.lineage import lineage as column_lineage
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.optimizer.scope import build_scope

    tree = qualify(sqlglot.parse_one(sql, dialect="duckdb"), schema=known, dialect="duckdb")
    scope = build_scope(tree)
    columns: Columns = {}
    for name in cast("exp.Query", tree).named_selects:
        node = column_lineage(name, tree, schema=known, dialect="duckdb", scope=scope, copy=False)
        leaves = (leaf for leaf in node.walk() if not leaf.downstream and isinstance(leaf.source, exp.Table))
        columns[name] = sorted({(_table_name(x.source), x.name.split(".")[-1].strip('"')) for x in leaves})
    joined = {f"{t.db}.{t.name}" for t in tree.find_all(exp.Table) if t.db}
    columns[""] = sorted((table, "") for table in joined)
    return columns


def _table_name(source) -> str:
    return f"{source.db}.{source.name}"


def main() -> None:
    """Rewrite lineage.json."""
    kept = {"fingerprint": fingerprint(), "tables": parse_all()}
    KEPT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
