"""Content hashes: what a table holds, in 64 hexadecimal digits.

What belongs here: one table's hash, the registry's, and SHA-256 of a release's files. A table's hash does not depend
on the order of its rows. It leaves out what only tells when (first_seen, load_id) and the internal row_id. Stable for
one version of DuckDB, which the manifest names.
"""

import hashlib
from pathlib import Path

import duckdb

LEFT_OUT = ("row_id", "load_id", "load_no", "first_seen", "resolved_load_id", "arrived_at")


def columns_of(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> list[tuple[str, str]]:
    """(column, type) in order."""
    return con.execute(
        "SELECT column_name, data_type FROM information_schema.columns "
        "WHERE table_schema = ? AND table_name = ? AND table_catalog = current_database() ORDER BY ordinal_position",
        [schema, table],
    ).fetchall()


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


def file_facts(folder: Path) -> dict[str, dict]:
    """Path within the folder -> size in bytes and SHA-256, of every file below it."""
    facts = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        facts[path.relative_to(folder).as_posix()] = {"size_bytes": path.stat().st_size, "sha256": digest}
    return facts
