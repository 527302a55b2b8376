"""Says what a release lacks that a recipe needs: releases made before this version have fewer columns, or no views."""

from collections.abc import Iterable

import duckdb

from schemas.cohort import COHORT
from warehouse.cohorts.criteria import columns_named
from warehouse.cohorts.recipe import Recipe
from warehouse.storage.errors import QueryFailed

CURE = "Name a release of this version with --release, or in the recipe, or make one with `registry refresh --full`."
TIMES = ("derived", "time_to_event")


def check_release(con: duckdb.DuckDBPyConnection, recipe: Recipe, release_id: str) -> None:
    """Raise QueryFailed, in one line, if the open release lacks a view or a column that the recipe needs.

    Columns that no release has are not looked at here: the recipe and its criteria name them.
    """
    found = _columns_of(con)
    views = [("cohort", view) for view in COHORT]
    if missing := [".".join(table) for table in (*views, TIMES) if table not in found]:
        raise QueryFailed(f"Release {release_id} has no {' and no '.join(missing)}, which recipes need.", CURE)
    needed = [(recipe.view, name) for name in _asked(recipe)]
    for criterion in recipe.criteria:
        named = columns_named(con, criterion.where)
        needed += [(view, name) for view in _views(named, criterion.over) for name in named]
    declared = {(view, column.name) for view, table in COHORT.items() for column in table.columns}
    gone = [f"{view}.{name}" for view, name in needed if (view, name) in declared and name not in found["cohort", view]]
    if gone:
        names = ", ".join(f"cohort.{name}" for name in dict.fromkeys(gone))
        raise QueryFailed(f"Release {release_id} lacks {names}, which the recipe names.", CURE)


def _columns_of(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], set[str]]:
    rows = con.execute(
        "SELECT schema_name, table_name, list(lower(column_name)) FROM duckdb_columns() "
        "WHERE schema_name IN ('cohort', 'derived') GROUP BY ALL"
    ).fetchall()
    return {(schema, table): set(names) for schema, table, names in rows}


def _asked(recipe: Recipe) -> Iterable[str]:
    """Yield the columns of the recipe's view that it names outside its criteria."""
    yield from (term.column for term in (*recipe.by, *recipe.covariates))
    yield from (*recipe.strata, recipe.time_zero, *([recipe.cluster] if recipe.cluster else []))


def _views(named: Iterable[str], over: str | None) -> list[str]:
    """Return the views that a predicate may speak of: its own, or those that declare every column it names."""
    if over:
        return [over]
    fits = [view for view, table in COHORT.items() if set(named) <= {column.name for column in table.columns}]
    return fits[:1]
