"""Technique: was the lesion covered, was it free of viable tumour at first, and what went wrong in the session?

Here belong shares of lesions and of sessions. Not here: LTP (rates.py), intervals (rates.py: Wilson's).

Technical success: treated per protocol and judged covered at the end of the lesion's first session, of lesions of which
that is stated. Efficacy: of lesions with a qualifying exam that found viable tumour or none, primary where the first
adequate exam was not preceded by viable tumour, assisted where there is an adequate exam at all, also after another
ablation. Complications: of sessions that name a scale, those of each grade as written; a scale without a grade is a
session without complication. Scales are kept apart, nothing is mapped (docs/decisions/0006), so no share is of all
sessions. A text that no scale has for a grade is counted as OTHER_GRADE: what somebody wrote into the cell stays
there. The intervals take the lesions of one patient for independent, and are too narrow where they are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.cohorts import LESION_KEY, PATIENT_KEY, Registry
from analysis.rates import METHOD_RATE, wilson
from analysis.tidy import OVERALL, as_float, split, tidy

COLUMNS = ["level", "grouping", "stratum", "term", "term_level", "n", "n_events", "n_missing", "quantity", "estimate"]
COLUMNS += ["lower", "upper", "method", "note"]
ANY_GRADE = "any"
OTHER_GRADE = "other"
GRADE = re.compile(r"(grade )?([0-6][a-d]?|i{1,3}[ab]?|iv[ab]?|v|[a-f]|none|mild|moderate|severe|minor|major)", re.I)
"""A grade of CIRSE (1 to 6), SIR (A to F; minor, major), CTCAE (1 to 5) or Clavien-Dindo (I to V, with a and b)."""
SESSION_KEY = (*PATIENT_KEY, "session_id")
LESION_NOTE = "lesions of one patient are not independent"


def technique(registry: Registry) -> pd.DataFrame:
    """Shares ``technical_success``, ``primary_efficacy``, ``assisted_efficacy`` of lesions and ``complication`` of
    sessions (term: scale, term_level: grade or any), overall and by site (COLUMNS). ``n_missing`` are those of whom it
    is not stated or could not be seen, who are not in ``n``.
    """
    rows: list[dict[str, Any]] = []
    success, efficacy = _success(registry.sessions), _efficacy(registry.lesions)
    for grouping in (OVERALL, "site"):
        for quantity, frame, column in (
            ("technical_success", success, "is_success"),
            ("primary_efficacy", efficacy, "is_primary"),
            ("assisted_efficacy", efficacy, "is_assisted"),
        ):
            base = {"level": "lesion", "grouping": grouping, "quantity": quantity}
            for stratum, members in split(frame, grouping):
                values = as_float(frame[column])[members]
                rows.append(base | {"stratum": stratum} | _share(values, LESION_NOTE))
        rows += [
            {"level": "session", "grouping": grouping, "quantity": "complication"} | row
            for row in _complications(registry.sessions, grouping)
        ]
    return tidy(rows, COLUMNS)


def _share(values: np.ndarray, note: str = "") -> dict[str, Any]:
    """Of 0/1 values, missing ones counted apart."""
    known = values[np.isfinite(values)]
    n, n_events = len(known), int(known.sum())
    lower, upper = wilson(n_events, n)
    found: dict[str, Any] = {"n": n, "n_events": n_events, "n_missing": len(values) - n, "method": METHOD_RATE}
    found |= {"estimate": n_events / n if n else None, "lower": lower, "upper": upper}
    return found | {"note": guards.join_notes("" if n else guards.NO_SUBJECTS, note)}


def _success(sessions: pd.DataFrame) -> pd.DataFrame:
    """Of each lesion, whether its first session succeeded: 1, 0 or missing."""
    ordered = sessions.sort_values([*LESION_KEY, "session_date", "session_id"], kind="stable")
    first = ordered.drop_duplicates(list(LESION_KEY))
    return first.assign(is_success=first["technical_success"].map({"yes": 1.0, "no": 0.0}).astype(float))


def _efficacy(lesions: pd.DataFrame) -> pd.DataFrame:
    """Of each lesion, whether it was free of viable tumour at the first exam that says so, and whether ever."""
    is_adequate = lesions["ltp"].notna().to_numpy()
    has_residual = as_float(lesions["is_residual"] if "is_residual" in lesions else pd.Series(0.0, lesions.index)) == 1
    is_seen = is_adequate | has_residual
    primary, assisted = is_adequate & ~has_residual, is_adequate
    return lesions.assign(
        is_primary=np.where(is_seen, primary.astype(float), np.nan),
        is_assisted=np.where(is_seen, assisted.astype(float), np.nan),
    )


def _complications(sessions: pd.DataFrame, grouping: str) -> Iterator[dict[str, Any]]:
    """Per stratum and scale: any grade, then each grade as written."""
    for stratum, members in split(sessions, grouping):
        own = sessions.iloc[members]
        n_all = len(own.drop_duplicates(list(SESSION_KEY)))
        scales = own[own["complication_system"].notna()]
        n_named = len(scales.drop_duplicates(list(SESSION_KEY)))
        if not n_named:
            yield {"stratum": stratum} | _share(np.empty(0)) | {"n_missing": n_all}
        for scale, of_scale in scales.groupby("complication_system", sort=True, observed=True):
            n = len(of_scale.drop_duplicates(list(SESSION_KEY)))
            graded = of_scale[of_scale["complication_grade"].notna()]
            graded = graded.assign(complication_grade=[_grade(text) for text in graded["complication_grade"]])
            grades = [(ANY_GRADE, graded), *graded.groupby("complication_grade", sort=True, observed=True)]
            for grade, found in grades:
                n_events = len(found.drop_duplicates(list(SESSION_KEY)))
                share = _share((np.arange(n) < n_events).astype(float)) | {"n_missing": n_all - n_named}
                yield {"stratum": stratum, "term": str(scale), "term_level": str(grade)} | share


def _grade(text: str) -> str:
    return text if GRADE.fullmatch(text.strip()) else OTHER_GRADE
