"""Counts the rows that break a gate, a condition that the derived tables must meet before they are released.

The assets' blocking checks refuse the release.
"""

from collections.abc import Iterator

import duckdb
import polars as pl

from schemas.derived import DERIVED
from schemas.table import Table, broken_counts
from warehouse.derived.build_order import tables_in
from warehouse.derived.derive import VIEWS, derived_order
from warehouse.incremental import change_log
from warehouse.storage.connection import one_thread, reader_of, table_exists
from warehouse.storage.hashing import columns_of
from warehouse.storage.sql_files import names_in, select_of

BATCH_ROWS = 500_000
HOW_OFTEN = "how_often"
ANY_VALUE = {"VARCHAR": "''", "DATE": "DATE '1970-01-01'"}
"""Kind -> SQL of what stands for any value of it where only nulls are asked for."""


def derived_contract(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, int]:
    """Return the broken conditions of the table's contract, each with the number of rows that break it: for the
    uniqueness of the key, the number of keys that occur more than once.
    """
    declared = DERIVED[table]
    broken: dict[str, int] = {}
    for how_often, batch in _batches(con, declared):
        for name, n in broken_counts(declared, batch).items():
            broken[name] = broken.get(name, 0) + n * how_often
    key = ", ".join(declared.key)
    if _may_repeat(con, table, key):
        row = con.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM derived.{table} GROUP BY {key} HAVING count(*) > 1)"  # noqa: S608
        ).fetchone()
        if row and row[0]:
            broken[f"key {key} not unique"] = int(row[0])
    return broken


def _batches(con: duckdb.DuckDBPyConnection, declared: Table) -> Iterator[tuple[int, pl.DataFrame]]:
    """Yield the table's rows as its contract sees them, and how often each row of a batch occurs."""
    if declared.name in VIEWS:
        yield from _kinds_that_break(con, declared)
        return
    with one_thread(con):
        for batch in reader_of(con, in_batches=True).execute(_rows_judged(con, declared)).to_arrow_reader(BATCH_ROWS):
            yield 1, pl.DataFrame(pl.from_arrow(batch))


def _kinds_that_break(con: duckdb.DuckDBPyConnection, declared: Table) -> Iterator[tuple[int, pl.DataFrame]]:
    """Group equal rows of a view, of which a registry has few kinds; yield nothing if every kind keeps the contract."""
    rows = _rows_judged(con, declared)
    kinds = con.execute(f"SELECT *, count(*) AS {HOW_OFTEN} FROM ({rows}) GROUP BY ALL").pl()  # noqa: S608 (own SQL)
    if broken_counts(declared, kinds.drop(HOW_OFTEN)):
        for (how_often,), batch in kinds.group_by(HOW_OFTEN):
            yield int(how_often), batch.drop(HOW_OFTEN)


def _rows_judged(con: duckdb.DuckDBPyConnection, declared: Table) -> str:
    """Return a SELECT of the table's rows for its contract. A text or date of which it asks only whether it is null is
    fetched as one value or null: fetching texts costs more than judging them.
    """
    examined = {name for _, condition in declared.conditions for name in condition.meta.root_names()}
    examined |= {column.name for column in declared.columns if column.codes}
    cells = ", ".join(
        f"CASE WHEN {name} IS NOT NULL THEN {ANY_VALUE[kind]} END AS {name}"
        if kind in ANY_VALUE and name not in examined
        else name
        for name, kind in columns_of(con, "derived", declared.name)
    )
    return f"SELECT {cells} FROM derived.{declared.name}"  # noqa: S608 (names from the contract)


def _may_repeat(con: duckdb.DuckDBPyConnection, table: str, key: str) -> bool:
    """Return whether the hashes of two keys are equal; if none are, no key occurs twice, at half the cost."""
    hashes = f"SELECT count(*) <> count(DISTINCT hash({key})) FROM derived.{table}"  # noqa: S608 (own names)
    return con.execute(hashes).fetchone() != (False,)


def rule_gate(con: duckdb.DuckDBPyConnection, rule_id: str) -> dict[str, int]:
    """Return the gate rule -> the number of rows that break it; empty if none does."""
    row = con.execute(f"SELECT count(*) FROM ({_select(rule_id)})").fetchone()  # noqa: S608 (own file)
    return {rule_id: int(row[0])} if row and row[0] else {}


def has_passed(con: duckdb.DuckDBPyConnection, rule_id: str) -> bool:
    """Return whether the gate rule has passed on all rows of its tables: these follow the clean tables only then."""
    if not table_exists(con, "meta", "watermarks") or change_log.watermark(con, change_log.CLEAN) is None:
        return False
    return not change_log.lagging(con, tables_judged(con, rule_id), change_log.CLEAN)


def tables_judged(con: duckdb.DuckDBPyConnection, rule_id: str) -> set[str]:
    """Return the tables (schema.table) that the gate rule reads."""
    return tables_in(con, _select(rule_id))


def gates_by_table() -> dict[str, tuple[str, ...]]:
    """Return derived table -> the gate rules to judge once it is built, because it is the last that they read."""
    after: dict[str, tuple[str, ...]] = {}
    with duckdb.connect() as con:
        order = derived_order(con)
        for rule_id in (name.upper().replace("_", "-") for name in names_in("gates")):
            judged = tables_judged(con, rule_id)
            last = [table for table in order if f"derived.{table}" in judged][-1]
            after[last] = (*after.get(last, ()), rule_id)
    return after


def _select(rule_id: str) -> str:
    return select_of("gates/" + rule_id.lower().replace("-", "_"))
