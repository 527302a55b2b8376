"""Computes content hashes of tables and of the registry, and the SHA-256 of a release's files.

A table's hash does not depend on the order of its rows. It leaves out columns that only record when (first_seen,
load_id) and the internal row_id. It is stable within one version of DuckDB, which the manifest names.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

LEFT_OUT = ("row_id", "load_id", "load_no", "first_seen", "resolved_load_id", "arrived_at")


def columns_of(con: duckdb.DuckDBPyConnection, schema: str, table: str) -> list[tuple[str, str]]:
    """Return (column, type) in order, or an empty list if there is no such table.

    A view is read with DESCRIBE, since the catalogue's views list every column of every table before they filter.
    """
    with suppress(duckdb.CatalogException):
        found = con.table(f'{schema}."{table}"')  # costs a tenth of a DESCRIBE, but knows no views
        return [(name, str(kind)) for name, kind in zip(found.columns, found.types, strict=True)]
    try:
        return [(name, kind) for name, kind, *_ in con.execute(f'DESCRIBE {schema}."{table}"').fetchall()]
    except duckdb.CatalogException:
        return []


@dataclass(frozen=True)
class State:
    """What a table's hash is made of: all rows, the rows it covers, and the sum and exclusive-or of their hashes."""

    rows: int
    hashed: int
    hash_sum: int
    hash_xor: int

    def without(self, other: "State") -> "State":
        """Return the state after those rows are removed."""
        return State(
            self.rows - other.rows,
            self.hashed - other.hashed,
            self.hash_sum - other.hash_sum,
            self.hash_xor ^ other.hash_xor,
        )

    def with_more(self, other: "State") -> "State":
        """Return the state after those rows are added."""
        return State(
            self.rows + other.rows,
            self.hashed + other.hashed,
            self.hash_sum + other.hash_sum,
            self.hash_xor ^ other.hash_xor,
        )


def hashed_columns(con: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    """Return (column, type) of the columns that the hash of `table` (schema.table) covers."""
    return [(name, kind) for name, kind in columns_of(con, *table.split(".")) if name not in LEFT_OUT]


def state_of(con: duckdb.DuckDBPyConnection, table: str, rows: str = "true", source: str = "") -> State:
    """Return the state of `table` (schema.table), or of the rows of `source`, which has the same columns.

    `rows` is SQL that selects the rows that the hash covers; the number of rows counts all of them.
    """
    cells = ", ".join(f'"{name}"' for name, _ in hashed_columns(con, table))
    row = con.execute(
        f"SELECT count(*), count(*) FILTER ({rows}), coalesce(sum(hash({cells})::HUGEINT) FILTER ({rows}), 0), "  # noqa: S608
        f"coalesce(bit_xor(hash({cells})) FILTER ({rows}), 0) FROM {source or table}"
    ).fetchone()
    assert row is not None
    return State(*map(int, row))


def digest_of(con: duckdb.DuckDBPyConnection, table: str, state: State) -> str:
    """Return the content hash of `table` (schema.table) in that state."""
    text = repr((table, hashed_columns(con, table), state.hashed, state.hash_sum, state.hash_xor))
    return hashlib.sha256(text.encode()).hexdigest()


def table_hash(con: duckdb.DuckDBPyConnection, schema: str, table: str, rows: str = "true") -> tuple[int, str]:
    """Return (rows, content hash) of a table."""
    state = state_of(con, f"{schema}.{table}", rows)
    return state.rows, digest_of(con, f"{schema}.{table}", state)


def combined(hashes: dict[str, str]) -> str:
    """Return one hash made from many hashes by name."""
    lines = "\n".join(f"{name} {value}" for name, value in sorted(hashes.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def file_facts(folder: Path) -> dict[str, dict]:
    """Return size in bytes and SHA-256 of every file below the folder, by its path within the folder."""
    facts = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        facts[path.relative_to(folder).as_posix()] = {"size_bytes": path.stat().st_size, "sha256": digest}
    return facts
