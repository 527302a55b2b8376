"""Between the warehouse and the analyses: derived tables as frames, results as tables.

What belongs here: reading the frames the analyses ask for, storing what they return with fixed types. What does
not: any statistic.
"""

from typing import TYPE_CHECKING

import duckdb

from schemas.analysis import ANALYSIS_COLUMNS

if TYPE_CHECKING:
    import pandas as pd

INPUTS = ("patient_ltpfs", "lesion_ltp", "time_to_event")
"""The derived tables that every analysis is given, in this order."""


def frames(con: duckdb.DuckDBPyConnection) -> tuple["pd.DataFrame", "pd.DataFrame", "pd.DataFrame"]:
    """derived.patient_ltpfs, derived.lesion_ltp, derived.time_to_event as pandas frames in the order of keys."""
    patients, lesions, times = (
        con.execute(f"SELECT * FROM derived.{name} ORDER BY ALL").df()  # noqa: S608 (own names)
        for name in INPUTS
    )
    return patients, lesions, times


def store(con: duckdb.DuckDBPyConnection, table: str, result: "pd.DataFrame") -> int:
    """Write `result` as analysis.<table>; its number of rows. KeyError where a column is not documented."""
    con.register("result_frame", result)
    cells = ", ".join(f'CAST("{name}" AS {ANALYSIS_COLUMNS[name].kind}) AS "{name}"' for name in result.columns)
    con.execute(f"CREATE OR REPLACE TABLE analysis.{table} AS SELECT {cells} FROM result_frame")  # noqa: S608
    con.unregister("result_frame")
    return len(result)


def read(con: duckdb.DuckDBPyConnection, table: str) -> "pd.DataFrame":
    """analysis.<table> as a pandas frame, in the order it was stored."""
    return con.execute(f"SELECT * FROM analysis.{table}").df()  # noqa: S608 (own names)
