"""Between the warehouse and the analyses: derived tables and sessions as frames, results as tables.

What belongs here: which columns the analyses read, reading them, storing what comes back with fixed types. What
does not: any statistic.
"""

from typing import TYPE_CHECKING

import duckdb

from schemas.analysis import ANALYSIS_COLUMNS
from schemas.derived import DERIVED
from schemas.exports import EXPORTS
from warehouse.derived.endpoint_definitions import competing

if TYPE_CHECKING:
    import pandas as pd

    Frames = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]

FACTORS = ("kras", "nras", "braf", "ras", "diameter_ge_30")
COVARIATES = (
    "age_at_ablation_years",
    "sex",
    "primary_site",
    "node_positive_primary",
    "clm_timing",
    "dfi_months",
    "cea_ng_ml",
    "n_clm_total",
    "extrahepatic_disease",
    "prior_hepatectomy",
    "prior_chemotherapy",
    "ecog",
    "n_lesions",
    "max_diameter_mm",
)
TIMES = ("endpoint", "level", "days", "event")
_SURVIVAL = {"time_to_event": TIMES, "patient_ltpfs": FACTORS, "lesion_ltp": ("max_diameter_mm",)}
_LTP = {"patient_ltpfs": ("ltp", *FACTORS), "lesion_ltp": ("ltp", "max_diameter_mm")}
_PATIENTS = {"time_to_event": TIMES, "patient_ltpfs": FACTORS}
_LESIONS = {"time_to_event": TIMES} | _LTP
INTERVALS = ("first_ablation_date", "last_negative_date", "ltpfs_days")
SCANS = ("adequate_date", "last_followup_date")
SESSIONS = ("session_date", "technical_success", "complication_system", "complication_grade")
_SENSITIVITY = _LESIONS | {
    "patient_ltpfs": (*_LESIONS["patient_ltpfs"], "first_ablation_date"),
    "lesion_ltp": (*_LESIONS["lesion_ltp"], *INTERVALS, *SCANS),
}

READS: dict[str, dict[str, tuple[str, ...]]] = {
    "ltp_rates": _LTP,
    "km_curve": _SURVIVAL,
    "km_summary": _SURVIVAL,
    "cumulative_incidence": _SURVIVAL,
    "logrank": _SURVIVAL,
    "cox": {"time_to_event": TIMES, "patient_ltpfs": FACTORS},
    "logistic": {"patient_ltpfs": ("ltp", *FACTORS)},
    "table_one": {"patient_ltpfs": (*FACTORS, *COVARIATES)},
    "replication": {
        "patient_ltpfs": ("ltp", "ltpfs_months", "first_ablation_date", "last_contact_date", *FACTORS),
        "lesion_ltp": ("ltp", "max_diameter_mm"),
        "time_to_event": TIMES,
    },
    "restricted_mean": _PATIENTS,
    "gray": _SURVIVAL,
    "fine_gray": _PATIENTS,
    "lesion_models": _LESIONS,
    "subgroups": _PATIENTS,
    "sensitivity": _SENSITIVITY,
    "multiplicity": _SURVIVAL,
    "guards": _SENSITIVITY,
    "ph_residuals": _PATIENTS,
    "technique": {"lesion_ltp": ("ltp", "is_residual"), "rfa_sessions": SESSIONS},
}
"""Analysis table -> table -> the columns it reads there, keys left out."""


def source_of(name: str) -> str:
    """schema.name of a table that analyses read: a derived one, or the accepted rows of an export."""
    return f"clean.{name}" if name in EXPORTS else f"derived.{name}"


SESSION_KEY = ("site", "patient_id", "session_id", "lesion_id")
FRAMES = {
    "patient_ltpfs": "*",
    "lesion_ltp": f"site, patient_id, lesion_id, max_diameter_mm, ltp, is_residual, {', '.join((*INTERVALS, *SCANS))}",
    "time_to_event": "site, patient_id, lesion_id, endpoint, level, days, event",
    "rfa_sessions": f"site, patient_id, session_id, lesion_id, {', '.join(SESSIONS)}",
}


class Times:
    """derived.time_to_event for the analyses, one endpoint and level at a time: all of a million patients would not fit
    into memory. The connection stays open as long as it is asked.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection):
        self._con = con

    def __call__(self, endpoint: str, level: str) -> "pd.DataFrame":
        """site, patient_id, lesion_id, days, event, in the order of their keys."""
        return self._con.execute(
            "SELECT site, patient_id, lesion_id, days, event FROM derived.time_to_event "
            "WHERE endpoint = ? AND level = ? ORDER BY site, patient_id, lesion_id",
            [endpoint, level],
        ).df()

    def endpoints(self) -> list[tuple[tuple[str, str], bool]]:
        """(endpoint, level) of all, in order, and whether an event competes with it: as its definition declares, of one
        without a definition here whether a subject has such an event.
        """
        declared = competing()
        rows = self._con.execute(
            "SELECT endpoint, level, bool_or(event > 1) FROM derived.time_to_event GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        return [((end, level), declared.get((end, level), bool(competes))) for end, level, competes in rows]


def by_endpoint(con: duckdb.DuckDBPyConnection) -> tuple["pd.DataFrame", "pd.DataFrame", Times, "pd.DataFrame"]:
    """As frames, with derived.time_to_event to be asked for by endpoint."""
    patients, lesions, sessions = (_frame(con, name) for name in ("patient_ltpfs", "lesion_ltp", "rfa_sessions"))
    return patients, lesions, Times(con), sessions


def frames(con: duckdb.DuckDBPyConnection, among: str = "") -> "Frames":
    """derived.patient_ltpfs, lesion_ltp, time_to_event and clean.rfa_sessions as pandas frames, with the columns that
    analyses read, in the order of their keys: the last digit of a sum depends on it. `among` names a table of
    site and patient_id; then only these patients.
    """
    patients, lesions, times, sessions = (_frame(con, name, among) for name in FRAMES)
    return patients, lesions, times, sessions


def no_frames(con: duckdb.DuckDBPyConnection) -> "Frames":
    """The same frames without a row: what an analysis of nobody reads."""
    return frames(con, "(SELECT '' AS site, '' AS patient_id WHERE false)")


def _frame(con: duckdb.DuckDBPyConnection, name: str, among: str = "") -> "pd.DataFrame":
    key = ", ".join(SESSION_KEY if name in EXPORTS else DERIVED[name].key)
    only = f"SEMI JOIN {among} USING (site, patient_id)" if among else ""
    return con.execute(f"SELECT {FRAMES[name]} FROM {source_of(name)} {only} ORDER BY {key}").df()  # noqa: S608 (own names)


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
