"""Content hashes: what a table holds, in 64 hexadecimal digits.

What belongs here: one table's hash, and the registry's. A table's hash does not depend on the order of its rows. It
leaves out what only tells when (first_seen, load_id) and the internal row_id. Stable for one version of DuckDB,
which the manifest names.
"""

import hashlib

import duckdb

LEFT_OUT = ("row_id", "load_id", "load_no", "first_seen", "resolved_load_id", "arrived_at")


def columns_of(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> list[tuple[str, str]]:
    """(column, type) in order; none where there is no such table.

    By DESCRIBE: the catalogue's views list every column of every table before they filter.
    """
    try:
        return [(name, kind) for name, kind, *_ in con.execute(f'DESCRIBE {schema}."{table}"').fetchall()]
    except duckdb.CatalogException:
        return []


def table_hash(con: duckdb.DuckDBPyConnection, schema: str, table: str, rows: str = "true") -> tuple[int, str]:
    """(rows, content hash) of a table: number of rows, sum and exclusive-or of the rows' hashes.

    `rows` is SQL that says which rows the hash covers; the number of rows is that of all.
    """
    columns = [(name, kind) for name, kind in columns_of(con, schema, table) if name not in LEFT_OUT]
    cells = ", ".join(f'"{name}"' for name, _ in columns)
    row = con.execute(
        f"SELECT count(*), count(*) FILTER ({rows}), sum(hash({cells})::HUGEINT) FILTER ({rows}), "  # noqa: S608
        f"bit_xor(hash({cells})) FILTER ({rows}) FROM {schema}.{table}"
    ).fetchone()
    assert row is not None
    text = repr((schema, table, columns, row[1:]))
    return int(row[0]), hashlib.sha256(text.encode()).hexdigest()


def combined(hashes: dict[str, str]) -> str:
    """One hash of many, by name."""
    lines = "\n".join(f"{name} {value}" for name, value in sorted(hashes.items()))
    return hashlib.sha256(lines.encode()).hexdigest()
