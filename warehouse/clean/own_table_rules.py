"""Applies a registry's own rules that look at other rows or tables, after the platform's have run.

All of them judge the same rows, so their order does not matter; then what breaks them is set aside. Each runs on a
cursor of its own and within a time limit: one that fails or takes too long costs that rule and nothing else.
"""

from collections.abc import Collection

import duckdb
import polars as pl

from schemas.contract import scope_of
from schemas.exports import EXPORTS
from schemas.rule_book import OwnRule, RuleBook
from schemas.thresholds import RULE_SECONDS
from warehouse.clean.cross_rules import PARENT_RULES, apply_cross_rules, set_aside, store_found
from warehouse.queries.apply_exceptions import rules_with_exceptions
from warehouse.releases.time_limit import time_limit
from warehouse.storage.connection import reader_of
from warehouse.storage.errors import QueryFailed
from warehouse.storage.rule_table import book_of


def apply_own_rules(con: duckdb.DuckDBPyConnection) -> None:
    """Find what breaks the own rules across rows, and set it aside. Ends the caller's transaction and begins another,
    because a cursor sees only what is committed.

    A lesion whose session is set aside here is set aside whole, like any other.
    """
    book = book_of(con)
    if not book.across_rows:
        return
    con.commit()
    found = [(rule, rows_that_break(con, rule.breaks)) for rule in book.across_rows]
    con.begin()
    excepted = rules_with_exceptions(con)
    touched = {(rule.export, *place) for rule, rows in found for place in _store(con, rule, rows, book, excepted)}
    for export, scope, column in sorted(touched):
        set_aside(con, export, scope, column)
    if any((export, scope) == ("rfa_sessions", "row") for export, scope, _ in touched):
        apply_cross_rules(con, PARENT_RULES)


def rows_that_break(con: duckdb.DuckDBPyConnection, select: str) -> pl.DataFrame | None:
    """Return row_id of the rows that the SELECT finds, None if it fails or takes too long."""
    cursor = reader_of(con)
    try:
        with time_limit(cursor, RULE_SECONDS):
            return cursor.execute(f"SELECT DISTINCT row_id FROM ({select}) WHERE row_id IS NOT NULL").pl()  # noqa: S608
    except (duckdb.Error, QueryFailed):
        return None
    finally:
        cursor.close()


def _store(
    con: duckdb.DuckDBPyConnection,
    rule: OwnRule,
    rows: pl.DataFrame | None,
    book: RuleBook,
    excepted: Collection[str],
) -> set[tuple[str, str]]:
    """Store the rule's findings, or that it could not be judged; return the (scope, column) pairs among them."""
    if rows is None:
        con.execute(
            f"INSERT INTO quality.unjudged SELECT ?, ?, count(*) FROM clean.{rule.export}",  # noqa: S608 (own names)
            [rule.export, rule.rule_id],
        )
        return set()
    if rows.is_empty():
        return set()
    export = EXPORTS[rule.export]
    scope = scope_of(rule.rule_id, export, export.column(rule.column), book)
    con.register("rows_found", rows.to_arrow())
    con.execute(
        "CREATE OR REPLACE TEMP TABLE found AS SELECT row_id, ?::VARCHAR AS column_name, ?::VARCHAR AS scope "
        "FROM rows_found",
        [rule.column, scope],
    )
    con.unregister("rows_found")
    return store_found(con, rule.export, rule.rule_id, excepted)
