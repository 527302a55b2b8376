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
        try:
            return self._marks(frame, rules)
        except (duckdb.Error, QueryFailed):  # one of them; each is asked by itself, so that the others count
            alone = [self._alone(frame, rule).rename({"0": str(number)}) for number, rule in enumerate(rules)]
            return pl.concat(alone, how="horizontal")

    def _alone(self, frame: pl.DataFrame, rule: OwnRule) -> pl.DataFrame:
        try:
            return self._marks(frame, (rule,))
        except (duckdb.Error, QueryFailed):
            return pl.DataFrame({"0": pl.Series([None] * frame.height, dtype=pl.Boolean)})

    def _marks(self, frame: pl.DataFrame, rules: tuple[OwnRule, ...]) -> pl.DataFrame:
        if self._cursor is None:
            self._cursor = reader_of(self._build)
        views = pl.CompatLevel.newest()  # polars' own text format, which DuckDB reads without copying
        rows = frame.to_arrow(compat_level=views).to_reader()  # a table would go through Acero, which warns of slices
        cells = ", ".join(f'{judged(rule.breaks)} AS "{number}"' for number, rule in enumerate(rules))
        self._cursor.register(FRAME, rows)
        try:
            with time_limit(self._cursor, RULE_SECONDS):
                return self._cursor.execute(f"SELECT {cells} FROM {FRAME}").pl()  # noqa: S608 (guarded by own_rules)
        finally:
            self._cursor.unregister(FRAME)

    def close(self) -> None:
        """Close the cursor."""
        if self._cursor is not None:
            self._cursor.close()


def judged(condition: str) -> str:
    """Return SQL of a condition as it is judged: false where it is null, null where it fails."""
    return f"TRY(coalesce(CAST(({condition}) AS BOOLEAN), false))"
