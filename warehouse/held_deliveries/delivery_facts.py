"""Counts the facts by which a delivery is judged, each of them once, because a delivery's rows never change.

The tables are meta.delivery_rows, meta.delivery_spreads and meta.snapshot_steps.
"""

from collections.abc import Iterable

import duckdb
import polars as pl

from schemas.export import Export
from schemas.exports import EXPORTS
from schemas.rfa_sessions import ROW_RULES
from schemas.thresholds import CM_FOR_MM_BELOW, LEAST_ZONE
from warehouse.clean.typed_cells import typed_cell
from warehouse.held_deliveries.suspicion import COLUMNS, Rows, Spread
from warehouse.raw.row_numbers import LINE_BITS

ZONE_TOO_SMALL = (pl.col("zone_long_mm") <= LEAST_ZONE * pl.col("max_diameter_mm")).fill_null(False)
LES_04 = next(rule.holds for rule in ROW_RULES if rule.rule_id == "LES-04")


def create(con: duckdb.DuckDBPyConnection) -> None:
    """Create the tables that do not exist yet, and raw.<export>_held for the rows of deliveries that wait."""
    con.execute(
        "CREATE TABLE IF NOT EXISTS meta.delivery_rows (load_no INTEGER, n BIGINT, les_04 BIGINT, below BIGINT)"
    )
    con.execute(
        "CREATE TABLE IF NOT EXISTS meta.delivery_spreads "
        "(load_no INTEGER, column_name VARCHAR, n BIGINT, low DOUBLE, median DOUBLE, high DOUBLE)"
    )
    con.execute(
        "CREATE TABLE IF NOT EXISTS meta.snapshot_steps "
        "(load_no INTEGER, before_no INTEGER, n_keys BIGINT, n_gone BIGINT)"
    )
    for name in EXPORTS:
        con.execute(f"CREATE TABLE IF NOT EXISTS raw.{name}_held AS FROM raw.{name} LIMIT 0")


def count(con: duckdb.DuckDBPyConnection, load_no: int, export: Export) -> None:
    """Count a delivery's rows and the spread of its columns, from raw.<export>."""
    names = [name for name in COLUMNS if name in export.column_names]
    typed = {name: typed_cell(export.column(name)) for name in names}
    of_load = f"FROM raw.{export.name} WHERE {of_loads(load_no)}"
    for name in names:
        quartiles = "quantile_cont(x, 0.25), median(x), quantile_cont(x, 0.75)"
        con.execute(
            f"INSERT INTO meta.delivery_spreads SELECT {load_no}, '{name}', count(*), {quartiles} "  # noqa: S608
            f"FROM (SELECT {typed[name]} AS x {of_load}) WHERE x > 0 HAVING count(*) > 0"
        )
    les_04 = below = 0
    if export.name == "rfa_sessions":
        cells = ", ".join(f"{typed[name]} AS {name}" for name in ("max_diameter_mm", "zone_long_mm"))
        broken = con.execute(f"SELECT {cells} {of_load}").pl().filter(~LES_04 | ZONE_TOO_SMALL)
        les_04, below = broken.height, broken.filter(pl.col("max_diameter_mm") < CM_FOR_MM_BELOW).height
    con.execute(f"INSERT INTO meta.delivery_rows SELECT {load_no}, (SELECT count(*) {of_load}), {les_04}, {below}")


def rows_of(con: duckdb.DuckDBPyConnection) -> dict[int, Rows]:
    """Return the counts of rows by load_no."""
    return {load_no: Rows(*counts) for load_no, *counts in con.execute("FROM meta.delivery_rows").fetchall()}


def spreads_of(con: duckdb.DuckDBPyConnection) -> dict[int, dict[str, Spread]]:
    """Return the spread of each column's values, by load_no and column."""
    found: dict[int, dict[str, Spread]] = {}
    for load_no, column, *numbers in con.execute("FROM meta.delivery_spreads").fetchall():
        found.setdefault(load_no, {})[column] = Spread(*numbers)
    return found


def snapshot_step(con: duckdb.DuckDBPyConnection, export: Export, before: int, load_no: int) -> tuple[int, int]:
    """Return how many keys the delivery `before` has and how many `load_no` lacks, not counting empty keys."""
    known = con.execute(
        "SELECT n_keys, n_gone FROM meta.snapshot_steps WHERE load_no = ? AND before_no = ?", [load_no, before]
    ).fetchone()
    if known is not None:
        return known
    has_key = " AND ".join(f"{name} IS NOT NULL" for name in export.required_key)
    keys = f"SELECT DISTINCT key_hash FROM raw.{export.name} WHERE {{}} AND {has_key}"  # noqa: S608 (own names)
    either = f"{keys} UNION SELECT DISTINCT key_hash FROM raw.{export.name}_held WHERE {{}} AND {has_key}"  # noqa: S608
    now = either.format(of_loads(load_no), of_loads(load_no))
    row = con.execute(
        f"SELECT count(*), count(*) FILTER (key_hash NOT IN ({now})) FROM ({keys.format(of_loads(before))})"  # noqa: S608
    ).fetchone()
    assert row is not None
    con.execute("INSERT INTO meta.snapshot_steps VALUES (?, ?, ?, ?)", [load_no, before, *row])
    return int(row[0]), int(row[1])


def of_loads(*load_nos: int) -> str:
    """Return SQL that is true for the rows of these loads, as ranges that let DuckDB skip blocks."""
    return (
        "(" + " OR ".join(f"row_id BETWEEN {n << LINE_BITS} AND {((n + 1) << LINE_BITS) - 1}" for n in load_nos) + ")"
    )


def counted_loads(con: duckdb.DuckDBPyConnection) -> Iterable[int]:
    """Return the loads that have been counted."""
    return {load_no for (load_no,) in con.execute("SELECT load_no FROM meta.delivery_rows").fetchall()}
