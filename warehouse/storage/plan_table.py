"""Keeps the registry's own plan in meta.plan: one row for each analysis, or one with the reason of a refused plan.

A refresh writes the table when it takes in deliveries, and the analyses are made from the text in it: so a release
holds the plan that it was made with, and a rebuild writes the file again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields

import duckdb
import polars as pl

from schemas.home_file import HomeFile
from warehouse.storage.connection import table_exists
from warehouse.storage.home_files import Stamps, stamps_of

PLAN_TABLE = "meta.plan"
TEXT = pl.String()


@dataclass(frozen=True)
class PlannedRow:
    """One analysis of the plan as the release shows it. `item` is model or curves; what does not apply is ''."""

    item: str
    item_name: str
    title: str
    endpoint: str
    level: str
    method: str
    formula: str
    groups: str
    strata: str
    cluster_by: str
    subgroup: str
    definition_sha256: str
    declared_on: str
    is_after_data: bool


COLUMNS = {
    **{field.name: pl.Boolean() if field.type in (bool, "bool") else TEXT for field in fields(PlannedRow)},
    "is_in_force": pl.Boolean(),
    "reason": TEXT,
    "plan_file": TEXT,
    "plan_file_sha256": TEXT,
    "plan_file_text": TEXT,
}


@dataclass(frozen=True)
class HeldPlan:
    """The plan that a database was made with: its file, why it was refused ('' if it was not), and its analyses."""

    file: HomeFile
    reason: str
    rows: tuple[PlannedRow, ...]


def write_plan(con: duckdb.DuckDBPyConnection, file: HomeFile | None, rows: Sequence[PlannedRow], reason: str) -> None:
    """Write meta.plan; without a file it has no row."""
    written: list[tuple] = []
    if file is not None:
        of_file = (file.name, file.sha256, file.text)
        written = [(*astuple(row), True, None, *of_file) for row in rows]
        if reason:
            written = [(*[None] * len(fields(PlannedRow)), False, reason, *of_file)]
    con.register("plan_now", pl.DataFrame(written, schema=COLUMNS, orient="row").to_arrow())
    cells = "* REPLACE (CAST(declared_on AS DATE) AS declared_on)"
    con.execute(f"CREATE OR REPLACE TABLE {PLAN_TABLE} AS SELECT {cells} FROM plan_now")  # noqa: S608 (own names)
    con.unregister("plan_now")


def plan_in(con: duckdb.DuckDBPyConnection, catalogue: str = "") -> HeldPlan | None:
    """Return the plan that a database was made with, by default the current one; None without one."""
    where = f"{catalogue}." if catalogue else ""
    if not table_exists(con, f"{where}meta", "plan"):
        return None
    said = ", ".join("declared_on::VARCHAR" if one.name == "declared_on" else one.name for one in fields(PlannedRow))
    rows = con.execute(
        f"SELECT plan_file, plan_file_sha256, plan_file_text, coalesce(reason, ''), {said} FROM {where}{PLAN_TABLE}"  # noqa: S608
    ).fetchall()
    if not rows:
        return None
    name, sha256, text, reason = rows[0][:4]
    planned = () if reason else tuple(PlannedRow(*row[4:]) for row in rows)
    return HeldPlan(HomeFile(name, sha256, text), reason, planned)


def is_in_force(con: duckdb.DuckDBPyConnection) -> bool:
    """Return whether the database was made with a plan that was not refused."""
    if not table_exists(con, "meta", "plan"):
        return False
    return con.execute(f"SELECT count(*) > 0 FROM {PLAN_TABLE} WHERE is_in_force").fetchone() == (True,)  # noqa: S608


def stamps_in(con: duckdb.DuckDBPyConnection) -> Stamps:
    """Return (name, SHA-256) of the plan's file that the tables were made with."""
    held = plan_in(con)
    return stamps_of([held.file] if held else [])


def definitions_in(rows: Iterable[PlannedRow]) -> list[dict]:
    """Return the analyses' definitions with their dates, as a manifest names them."""
    names = ("item", "item_name", "definition_sha256", "declared_on", "is_after_data")
    return [{name: getattr(row, name) for name in names} for row in rows]
