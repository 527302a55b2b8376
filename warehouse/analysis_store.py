"""Between the warehouse and the analyses: derived tables as frames, results as tables.

What belongs here: which columns the analyses read, reading them, storing what comes back with fixed types. What
does not: any statistic.
"""

from typing import TYPE_CHECKING

import duckdb

from schemas.analysis import ANALYSIS_COLUMNS
from schemas.derived import DERIVED

if TYPE_CHECKING:
    import pandas as pd

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
    "sensitivity": _LESIONS | {"lesion_ltp": (*_LESIONS["lesion_ltp"], *INTERVALS)},
    "multiplicity": _SURVIVAL,
    "guards": _LESIONS,
    "ph_residuals": _PATIENTS,
}
"""Analysis table -> derived table -> the columns it reads there, keys left out."""

FRAMES = {
    "patient_ltpfs": "*",
    "lesion_ltp": f"site, patient_id, lesion_id, max_diameter_mm, ltp, {', '.join(INTERVALS)}",
    "time_to_event": "site, patient_id, lesion_id, endpoint, level, days, event",
}


def frames(con: duckdb.DuckDBPyConnection, among: str = "") -> tuple["pd.DataFrame", "pd.DataFrame", "pd.DataFrame"]:
    """derived.patient_ltpfs, derived.lesion_ltp and derived.time_to_event as pandas frames, with the columns
    that analyses read, in the order of their keys: the last digit of a sum depends on it. `among` names a table of
    site and patient_id; then only these patients.
    """
    only = f"SEMI JOIN {among} USING (site, patient_id)" if among else ""
    patients, lesions, times = (
        con.execute(f"SELECT {columns} FROM derived.{name} {only} ORDER BY {', '.join(DERIVED[name].key)}").df()  # noqa: S608
        for name, columns in FRAMES.items()
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
