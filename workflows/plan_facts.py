"""Reads what the report says of the registry's own plan: its analyses, since when they are declared, and their rows."""

from typing import TYPE_CHECKING

import duckdb

from schemas.own_plan import CURVE_TABLES, OWN_TABLES, PREFIX
from warehouse.derived import analysis_tables
from warehouse.storage.connection import table_exists
from warehouse.storage.plan_table import PlannedRow, plan_in
from warehouse.storage.toml_text import NotToml, read_toml

if TYPE_CHECKING:
    from analysis.report.own_plan import OwnPlan, PlannedItem


def declared_in_words(row: PlannedRow) -> str:
    """Return since when an analysis is declared, in words."""
    seen = "after data had been released" if row.is_after_data else "before any data were released"
    return f"declared on {row.declared_on} {seen}"


def declared_note(row: PlannedRow) -> str:
    """Return the same as the note of each of its rows."""
    from analysis.report.own_plan import OWN

    return f"{OWN}{declared_in_words(row)}"


def own_plan(con: duckdb.DuckDBPyConnection) -> "OwnPlan | None":
    """Return the registry's own plan with its rows; None without one."""
    from analysis.report.own_plan import OwnPlan, apart

    held = plan_in(con)
    if held is None:
        return None
    items = [item_of(row) for row in held.rows]
    curves = [{"grouping": f"{PREFIX}{one.name}"} for one in items if not one.is_model]
    there = [name for name in OWN_TABLES if table_exists(con, "analysis", name)] if items else []
    tables = {
        name: apart(analysis_tables.read(con, name, curves if name in CURVE_TABLES else None))[1] for name in there
    }
    return OwnPlan(held.file.name, held.reason, items, tables, _title(held.file.text))


def _title(text: str | None) -> str:
    """Return the plan's title; '' if it has none, or cannot be read."""
    try:
        return str(read_toml((text or "").removeprefix("\ufeff")).get("title", ""))
    except NotToml:
        return ""


def item_of(row: PlannedRow) -> "PlannedItem":
    """Return an analysis as the report shows it."""
    from analysis.report.own_plan import PlannedItem

    of_row = {name: getattr(row, name) for name in PlannedItem._fields if name not in ("name", "declared")}
    return PlannedItem(**of_row, name=row.item_name, declared=declared_in_words(row))
