"""Moves dates by a number of days that each patient has of their own.

A date after the delivery's extract date becomes one that is after any (NEVER), and what is no date, or nobody's, a word
that is none.
"""

from datetime import date

import duckdb
import numpy as np
import pyarrow as pa

from warehouse.pseudonyms import scan
from warehouse.pseudonyms.encoded import CELLS, NOTHING, Encoded, calculated, encoded
from warehouse.storage.pseudonym_key import NEVER

NO_DATE, AFTER = -10_000_000, 10_000_000
"""Days since 1970 that no date has: of a cell that is none, and of one that is after any."""
UNKNOWN = -1
"""The days of nobody; those of patients are whole weeks."""
DAY = "CAST(CAST(cell AS DATE) - DATE '1970-01-01' AS INTEGER)"
DAY_KEPT = f"CASE WHEN TRY_CAST(cell AS DATE) IS NULL THEN {NO_DATE} WHEN cell = '{NEVER}' THEN {AFTER} ELSE {DAY} END"
"""SQL of the days since 1970 of a date that was moved before."""
TEXT_OF_DAY = (
    f"CASE cell WHEN {NO_DATE} THEN '{scan.A_DATE}' WHEN {AFTER} THEN '{NEVER}' "
    "ELSE CAST(DATE '1970-01-01' + CAST(cell AS INTEGER) AS VARCHAR) END"
)


def day_delivered(extract: date) -> str:
    """Return SQL of the days since 1970 of a date as it was delivered."""
    is_date = (
        "length(cell) = 10 AND cell[5] = '-' AND cell[8] = '-' AND cell >= '0001-01-01' "
        "AND TRY_CAST(cell AS DATE) IS NOT NULL"
    )
    return (
        f"CASE WHEN NOT coalesce({is_date}, false) THEN {NO_DATE} "
        f"WHEN CAST(cell AS DATE) > DATE '{extract}' THEN {AFTER} ELSE {DAY} END"
    )


def moved(con: duckdb.DuckDBPyConnection, cells: Encoded, day: str, back: np.ndarray) -> Encoded:
    """Return the dates `back` days earlier, row by row; `day` is SQL of the days since 1970 of `cell`."""
    days = calculated(con, cells.values, f"SELECT {day} FROM {CELLS}").to_numpy()  # noqa: S608 (own SQL)
    of_row = cells.of_rows(days, NO_DATE)
    is_true = (back != UNKNOWN) & (of_row != NO_DATE) & (of_row != AFTER)
    after = np.where(is_true, of_row - back, np.where(back == UNKNOWN, NO_DATE, of_row))
    found = encoded(pa.array(after, mask=cells.places == NOTHING))
    return found.with_values(calculated(con, found.values, f"SELECT {TEXT_OF_DAY} FROM {CELLS}"))  # noqa: S608
