"""Table 1: the patients at baseline, overall and by group.

It holds no tests between the groups, which a baseline table of an observational study should not carry (STROBE, item
14). Categories are given as n (%), numbers as mean (SD) or median [Q1,Q3], printed as the tableone library prints them
and equal to it (a test compares them); that library loops over cells in Python, which takes seconds at 100,000
patients.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.regression.design_matrix import is_numeric
from analysis.subjects.counted import as_categories
from analysis.tidy import OVERALL, UNKNOWN, as_float, split, tidy

COLUMNS = [
    "level",
    "grouping",
    "stratum",
    "n",
    "variable",
    "level_of_variable",
    "value",
    "n_missing",
    "method",
    "note",
]
# Roughly symmetric numbers get mean and SD, the others median and quartiles.
MEANS = ("age_at_ablation_years", "max_diameter_mm")
MEDIANS = ("n_lesions", "n_clm_total", "dfi_months", "cea_ng_ml")
CATEGORIES: tuple[str, ...] = (
    "sex",
    "primary_site",
    "node_positive_primary",
    "clm_timing",
    "extrahepatic_disease",
    "prior_hepatectomy",
)
CATEGORIES += ("prior_chemotherapy", "ecog", "diameter_ge_30", "kras", "nras", "braf", "ras")


VARIABLES = (*MEANS, *MEDIANS, *CATEGORIES)


def table_one(
    patients: pd.DataFrame,
    *,
    grouping: str = "kras",
    variables: Sequence[str] = VARIABLES,
    level: str = "patient",
) -> pd.DataFrame:
    """Return, per variable and level, the value as text in ``overall`` and each stratum of ``grouping`` (COLUMNS).

    ``patients`` has one row for each patient, or lesion at ``level`` lesion. ``n`` is the size of the stratum.
    Categories show ``unknown`` as a level of its own, and ``n_missing`` counts it; numbers leave the missing out.
    Variables that ``patients`` lacks, and the grouping itself, are left out; without a known place a variable is a
    category unless it is a number.
    """
    shown = [name for name in variables if name in patients and name != grouping]
    data = pd.DataFrame({name: _prepared(patients, name) for name in shown}, index=patients.index)
    strata = [(OVERALL, split(data, OVERALL)[0][1])]
    strata += split(patients, grouping) if grouping != OVERALL else []
    rows: list[dict[str, Any]] = []
    for stratum, members in strata:
        base = {"level": level, "grouping": grouping, "stratum": stratum, "n": len(members)}
        rows.append(base | {"variable": "n", "value": str(len(members)), "n_missing": 0, "method": "count"})
        if len(members) == 0:
            continue
        for row in _described(data.iloc[members], data):
            rows.append(base | row)
    return tidy(rows, COLUMNS)


def is_category(values: pd.Series, name: str) -> bool:
    """Return whether Table 1 counts the levels of a variable: a known one by its place, another by its type."""
    return name in CATEGORIES or (name not in (*MEANS, *MEDIANS) and not is_numeric(values))


def _prepared(patients: pd.DataFrame, name: str) -> pd.Series:
    if is_category(patients[name], name):
        return as_categories(patients[name])
    return pd.Series(as_float(patients[name]), index=patients.index)


def _described(part: pd.DataFrame, whole: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of one stratum. Levels are those seen in ``whole``, so every stratum has the same rows."""
    rows: list[dict[str, Any]] = []
    for name in part:
        if isinstance(whole[name].dtype, pd.CategoricalDtype):
            counts = part[name].value_counts()
            base = {"variable": name, "n_missing": int(counts.get(UNKNOWN, 0)), "method": "n (%)"}
            for level in whole[name].cat.categories:
                k = int(counts.get(level, 0))
                rows.append(base | {"level_of_variable": level, "value": f"{k} ({100.0 * k / len(part):.1f})"})
            continue
        known = part[name].dropna().to_numpy()
        row = {"variable": name, "n_missing": len(part) - len(known)}
        row["method"] = "mean (SD)" if name in MEANS else "median [Q1,Q3]"
        if len(known) == 0:
            rows.append(row | {"value": "", "note": "all missing"})
        elif name in MEANS:
            spread = f"{known.std(ddof=1):.1f}" if len(known) > 1 else "-"
            rows.append(row | {"value": f"{known.mean():.1f} ({spread})"})
        else:
            low, middle, high = np.percentile(known, [25, 50, 75])
            rows.append(row | {"value": f"{middle:.1f} [{low:.1f},{high:.1f}]"})
    return rows
