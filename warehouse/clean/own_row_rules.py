"""Evaluates a registry's own rules on single rows, in SQL, for the contract that judges them.

A condition that is null keeps the row, as `count(*) ... WHERE` would. One that fails on a row, such as a cast, or takes
too long, is null as well for the contract, which reports that the rule could not be judged there.
"""

import duckdb
import polars as pl

from schemas.rule_book import OwnRule
from schemas.thresholds import RULE_SECONDS
from warehouse.releases.time_limit import time_limit
from warehouse.storage.connection import reader_of
from warehouse.storage.errors import QueryFailed

FRAME = "judged_rows"


class OwnRowRules:
    """Evaluates rules on a cursor of its own, so that a condition that fails does not end the caller's transaction."""

    def __init__(self, con: duckdb.DuckDBPyConnection):
        self._build = con
        self._cursor: duckdb.DuckDBPyConnection | None = None

    def broken(self, frame: pl.DataFrame, rules: tuple[OwnRule, ...]) -> pl.DataFrame:
        """Return a column for each rule: true where the row breaks it, null where that could not be said."""
        if self._cursor is None:
            self._cursor = reader_of(self._build)
        views = pl.CompatLevel.newest()  # polars' own text format, which DuckDB reads without copying
        self._cursor.register(FRAME, frame.to_arrow(compat_level=views))
        try:
            return self._marks(rules)
        except (duckdb.Error, QueryFailed):  # one of them; each is asked by itself, so that the others count
            return pl.concat(
                [self._alone(rule, number, frame.height) for number, rule in enumerate(rules)], how="horizontal"
            )
        finally:
            self._cursor.unregister(FRAME)

    def _alone(self, rule: OwnRule, number: int, n_rows: int) -> pl.DataFrame:
        try:
            return self._marks((rule,)).rename({"0": str(number)})
        except (duckdb.Error, QueryFailed):
            return pl.DataFrame({str(number): pl.Series([None] * n_rows, dtype=pl.Boolean)})

    def _marks(self, rules: tuple[OwnRule, ...]) -> pl.DataFrame:
        assert self._cursor is not None
        cells = ", ".join(f'{judged(rule.breaks)} AS "{number}"' for number, rule in enumerate(rules))
        with time_limit(self._cursor, RULE_SECONDS):
            return self._cursor.execute(f"SELECT {cells} FROM {FRAME}").pl()  # noqa: S608 (guarded by own_rules)

    def close(self) -> None:
        """Close the cursor."""
        if self._cursor is not None:
            self._cursor.close()


def judged(condition: str) -> str:
    """Return SQL of a condition as it is judged: false where it is null, null where it fails."""
    return f"TRY(coalesce(CAST(({condition}) AS BOOLEAN), false))"
