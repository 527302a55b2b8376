"""The rows of a model's table: one per term and level, with Wald's interval or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.regression import estimable_terms
from analysis.regression.design_matrix import Column, People, is_numeric
from analysis.subjects.counted import counted_rows
from analysis.tidy import Z_975, as_float, group_codes

LABELS = ["endpoint", "level", "model", "cohort", "analysis", "term", "term_level", "reference", "n", "n_events"]
FIGURES = ["quantity", "estimate", "lower", "upper", "coef", "std_error", "df", "p_value", "events_per_variable"]
RATIO_COLUMNS = [*LABELS, *FIGURES, "method", "note"]


def wald(coef: float, std_error: float) -> dict[str, Any]:
    """Return exp(coef) with exp(coef -+ z se) and the two-sided p; all null if a figure is not finite."""
    from scipy.special import ndtr

    with np.errstate(over="ignore"):
        limits = [np.exp(coef + z * std_error) for z in (0.0, -Z_975, Z_975)]
    if not np.isfinite([coef, std_error, *limits]).all() or std_error <= 0.0:
        return {"note": guards.NOT_CONVERGED}
    found = dict(zip(("estimate", "lower", "upper"), limits, strict=True)) | {"coef": coef, "std_error": std_error}
    return found | {"df": 1, "p_value": 2.0 * ndtr(-abs(coef / std_error))}


def term_rows(
    columns: Sequence[Column],
    reduced: estimable_terms.Reduced,
    figures: Mapping[int, dict[str, Any]],
    base: dict[str, Any],
    note: str,
) -> list[dict[str, Any]]:
    """Return one row per column of the design: ``figures`` by its position, else the reason in ``reduced``, else that
    there is no finite maximum. ``base`` holds what all rows share, including ``quantity``."""
    rows = []
    for j, column in enumerate(columns):
        row = base | {"term": column.term, "term_level": column.level, "reference": column.reference}
        found = figures.get(j, {}) if j not in reduced.reasons else {}
        reason = reduced.reasons.get(j, "" if found else guards.NOT_CONVERGED)
        whom = "" if reason else reduced.comparisons.get(j, "")
        rows.append(row | found | {"note": guards.join_notes(reason, found.get("note", ""), whom, note)})
    return rows


def model_row(base: dict[str, Any], quantity: str, statistic: float, df: int, note: str) -> list[dict[str, Any]]:
    """Return the chi-square of a whole model with its p-value; no row if it is not a number."""
    from scipy.special import chdtrc

    if not np.isfinite(statistic) or df == 0:
        return []
    p_value = chdtrc(df, max(statistic, 0.0))
    return [base | {"quantity": quantity, "estimate": statistic, "df": df, "p_value": p_value, "note": note}]


def cluster_codes(frame: pd.DataFrame, cluster: str | Sequence[str]) -> np.ndarray:
    """Return codes from 0 on of the distinct values of one or several columns; -1 where any is missing."""
    names = [cluster] if isinstance(cluster, str) else list(cluster)
    codes = group_codes(frame[names[0]]).astype(np.int64)
    is_missing = codes < 0
    for name in names[1:]:
        own, uniques = pd.factorize(frame[name])
        is_missing |= own < 0
        codes = pd.factorize(codes * max(len(uniques), 1) + own)[0].astype(np.int64)
    codes[is_missing] = -1
    return codes


def finite(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return ``frame`` without the rows in which one of the number columns ``names`` is missing or infinite."""
    keep = np.ones(len(frame), dtype=bool)
    for name in names:
        keep &= np.isfinite(as_float(frame[name]))
    return frame if keep.all() else frame[keep]


def counted_subjects(
    frame: pd.DataFrame,
    numbers: Mapping[str, np.ndarray],
    others: Sequence[str],
    classes: Sequence[str] = (),
    count: str | None = None,
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the subjects that a model cannot tell apart counted together, and for each row of ``frame`` which of them
    it is. ``numbers``: columns with their values; ``others``: further columns, those of ``classes`` as categories.
    """
    more = [name for name in others if name not in numbers]
    kinds = {name: "category" for name in more if name in classes or not is_numeric(frame[name])}
    whole = frame[[*more, *([count] if count else [])]].astype(kinds).assign(**numbers)
    return counted_rows(whole, [*numbers, *more], count)


def counted_cases(
    frame: pd.DataFrame,
    covariates: Sequence[str],
    time: str,
    event: str,
    entry: str | None = None,
    strata: str | None = None,
    count: str | None = None,
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the subjects that a Cox model cannot tell apart counted together, ``event`` as 0/1, and for each row of
    ``frame`` which of them it is. The likelihood, its derivatives and the residuals of equal subjects are equal.
    """
    numbers = {time: as_float(frame[time]), event: (as_float(frame[event]) == 1).astype(float)}
    numbers |= {entry: as_float(frame[entry])} if entry else {}
    return counted_subjects(frame, numbers, [*([strata] if strata else []), *covariates], [strata or ""], count)


def people_of(subject: pd.Series, place: np.ndarray) -> People:
    """Return what counts the subjects of counted rows; ``place`` is the counted row of each row of ``subject``."""
    codes = pd.factorize(subject)[0]
    return lambda positions: len(np.unique(codes[np.isin(place, positions)]))
