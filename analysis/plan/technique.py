"""Technique: was the lesion covered, was it free of viable tumour at first, and what went wrong in the session?

Technical success: treated per protocol and judged covered at the end of the lesion's first session, of lesions of which
that is stated. Efficacy: of lesions with a qualifying exam that found viable tumour or none, primary where the first
adequate exam was not preceded by viable tumour, assisted where there is an adequate exam at all, also after another
ablation. Complications: of sessions of which it is stated, by scale, those of each grade (complications.py reads the
cell). A scale without a grade, and a word for none ("none", 0, "-", "keine"), is a session without complication; a word
for not known is not stated. A grade whose scale is not named stands under the scale ``unknown``. Scales are kept apart,
nothing is mapped (docs/decisions/0006), so no share is of all sessions. A text that no scale has for a grade is counted
as OTHER_GRADE: what somebody wrote into the cell stays there. The intervals take the lesions of one patient for
independent, and are too narrow where they are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.estimates.rates import METHOD_RATE, wilson
from analysis.subjects.analysis_frames import AnalysisFrames
from analysis.subjects.complications import NONE, UNKNOWN_GRADE, grade
from analysis.subjects.numbered_frames import LESION, SESSION
from analysis.tidy import OVERALL, as_float, split, tidy

COLUMNS = ["level", "grouping", "stratum", "term", "term_level", "n", "n_events", "n_missing", "quantity", "estimate"]
COLUMNS += ["lower", "upper", "method", "note"]
ANY_GRADE = "any"
UNKNOWN_SCALE = "unknown"
LESION_NOTE = "lesions of one patient are not independent"


def technique(registry: AnalysisFrames) -> pd.DataFrame:
    """Return the shares ``technical_success``, ``primary_efficacy``, ``assisted_efficacy`` of lesions and
    ``complication`` of sessions (term: scale, term_level: grade or any), overall and by site (COLUMNS). ``n_missing``
    counts those for which it is not stated or could not be seen; they are not in ``n``.
    """
    rows: list[dict[str, Any]] = []
    of_success, of_efficacy = success(registry.sessions), efficacy(registry.lesions)
    for grouping in (OVERALL, "site"):
        for quantity, frame, column in (
            ("technical_success", of_success, "is_success"),
            ("primary_efficacy", of_efficacy, "is_primary"),
            ("assisted_efficacy", of_efficacy, "is_assisted"),
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
    """Return the share of 0/1 values that are 1; missing ones are counted separately."""
    known = values[np.isfinite(values)]
    n, n_events = len(known), int(known.sum())
    lower, upper = wilson(n_events, n)
    found: dict[str, Any] = {"n": n, "n_events": n_events, "n_missing": len(values) - n, "method": METHOD_RATE}
    found |= {"estimate": n_events / n if n else None, "lower": lower, "upper": upper}
    return found | {"note": guards.join_notes("" if n else guards.NO_SUBJECTS, note)}


def success(sessions: pd.DataFrame) -> pd.DataFrame:
    """Return for each lesion whether its first session succeeded: 1, 0 or missing."""
    ordered = sessions.sort_values([LESION, "session_date", SESSION], kind="stable")
    first = ordered.drop_duplicates(LESION)
    return first.assign(is_success=first["technical_success"].map({"yes": 1.0, "no": 0.0}).astype(float))


def efficacy(lesions: pd.DataFrame) -> pd.DataFrame:
    """Return for each lesion whether no viable tumour preceded its first adequate exam, and whether it has one."""
    is_adequate = lesions["ltp"].notna().to_numpy()
    has_residual = as_float(lesions["is_residual"] if "is_residual" in lesions else pd.Series(0.0, lesions.index)) == 1
    is_seen = is_adequate | has_residual
    primary, assisted = is_adequate & ~has_residual, is_adequate
    return lesions.assign(
        is_primary=np.where(is_seen, primary.astype(float), np.nan),
        is_assisted=np.where(is_seen, assisted.astype(float), np.nan),
    )


def _complications(sessions: pd.DataFrame, grouping: str) -> Iterator[dict[str, Any]]:
    """Yield, per stratum and scale, any grade, then each grade."""
    read = graded(sessions)
    for stratum, members in split(read, grouping):
        own = read.iloc[members]
        n_all = _n_sessions(own)
        scales = own[own["is_stated"]]
        n_stated = _n_sessions(scales)
        if not n_stated:
            yield {"stratum": stratum} | _share(np.empty(0)) | {"n_missing": n_all}
        for scale, of_scale in scales.groupby("complication_system", sort=True, observed=True):
            n = _n_sessions(of_scale)
            with_grade = of_scale[of_scale["grade"] != NONE]
            grades = [(ANY_GRADE, with_grade), *with_grade.groupby("grade", sort=True, observed=True)]
            for name, found in grades:
                share = _share((np.arange(n) < _n_sessions(found)).astype(float)) | {"n_missing": n_all - n_stated}
                yield {"stratum": stratum, "term": str(scale), "term_level": str(name)} | share


def graded(sessions: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with ``grade`` read, the scale filled in if only a grade is given, and ``is_stated``: whether the
    row says if there was a complication. An unknown row does not count if another row of its session says.
    """
    texts = sessions["complication_grade"]
    words = {text: grade(str(text)) for text in texts.dropna().unique()}
    read = texts.map(words).astype(object).where(texts.notna(), NONE)
    has_scale, has_grade = sessions["complication_system"].notna(), texts.notna() & (read != UNKNOWN_GRADE)
    scale = sessions["complication_system"].astype(object).where(has_scale, UNKNOWN_SCALE)
    is_stated = (has_scale | has_grade) & (read != UNKNOWN_GRADE)
    return sessions.assign(complication_system=scale, grade=read, is_stated=is_stated)


def _n_sessions(rows: pd.DataFrame) -> int:
    return len(rows.drop_duplicates(SESSION))
