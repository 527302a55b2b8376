"""Finds the exports of which the registry holds rows, so that nothing is asked of the others."""

from collections.abc import Callable

import duckdb

from schemas.export import Export
from schemas.exports import EXPORTS


def of_raw(export: str) -> str:
    """Return the table of an export's rows as received."""
    return f"raw.{export}"


def of_clean(export: str) -> str:
    """Return the table of an export's accepted rows."""
    return f"clean.{export}"


def with_rows(con: duckdb.DuckDBPyConnection, table: Callable[[str], str] = of_raw) -> list[Export]:
    """Return the exports whose table holds a row, in their order."""
    asked = ", ".join(f"EXISTS (FROM {table(name)})" for name in EXPORTS)
    found = con.execute(f"SELECT {asked}").fetchone() or ()
    return [export for export, holds in zip(EXPORTS.values(), found, strict=True) if holds]
