"""Gates: what must hold before a release leaves the house.

What belongs here: evaluating gates on the build database, as counts. What does not: refusing (the assets' blocking
checks do). Each function gives name -> number of offending rows; empty means that the gate is open.
"""

import duckdb
import polars as pl

from schemas.derived import DERIVED
from schemas.table import broken_counts
from warehouse.storage.connection import reader_of
from warehouse.storage.sql_files import select_of

BATCH_ROWS = 500_000


def derived_contract(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, int]:
    """Conditions of the table's contract that rows break, its key's uniqueness included."""
    declared = DERIVED[table]
    broken: dict[str, int] = {}
    reader = reader_of(con).execute(f"SELECT * FROM derived.{table}").to_arrow_reader(BATCH_ROWS)  # noqa: S608
    for batch in reader:
        for name, n in broken_counts(declared, pl.DataFrame(pl.from_arrow(batch))).items():
            broken[name] = broken.get(name, 0) + n
    key = ", ".join(declared.key)
    row = con.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM derived.{table} GROUP BY {key} HAVING count(*) > 1)"  # noqa: S608
    ).fetchone()
    if row and row[0]:
        broken[f"key {key} not unique"] = int(row[0])
    return broken


def rule_gate(con: duckdb.DuckDBPyConnection, rule_id: str) -> dict[str, int]:
    """A gate rule of the catalogue (OUT-01, OUT-02): its number of offending rows."""
    file = "gates/" + rule_id.lower().replace("-", "_")
    row = con.execute(f"SELECT count(*) FROM ({select_of(file)})").fetchone()  # noqa: S608 (own file)
    return {rule_id: int(row[0])} if row and row[0] else {}
