"""Logistic regression: odds ratios of having had the event at all.

Maximises the binomial likelihood by iteratively reweighted least squares; Wald intervals exp(coef -+ z se);
likelihood-ratio test of all terms against the intercept, infinite ones at their limit. Equals R's
``glm(family = binomial)``. Misleads as a model of LTP: it takes a patient followed for three months without LTP for one
free of LTP, and its odds ratio is further from 1 than a ratio of risks. It stands here because the index study's
figures read like it.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.regression import estimable_terms
from analysis.regression.design_matrix import Design, design
from analysis.regression.model_rows import finite, model_row
from analysis.tidy import Z_975, as_float, tidy
from schemas.thresholds import STD_ERROR_SEPARATION

METHOD = "logistic regression, Wald interval"
INTERCEPT = "(Intercept)"
COLUMNS = [
    "endpoint",
    "level",
    "model",
    "cohort",
    "analysis",
    "term",
    "term_level",
    "reference",
    "n",
    "n_events",
]
COLUMNS += [
    "quantity",
    "estimate",
    "lower",
    "upper",
    "coef",
    "std_error",
    "df",
    "p_value",
    "events_per_variable",
]
COLUMNS += ["method", "note"]


def logistic(
    frame: pd.DataFrame,
    covariates: Sequence[str],
    *,
    event: str,
    count: str | None = None,
    references: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    note: str = "",
    show_unreliable: bool = False,
) -> pd.DataFrame:
    """Return one row ``odds_ratio`` per term and level, then ``odds`` of the intercept and ``lr_chi2`` of the
    model (COLUMNS).

    ``event`` 0/1, boolean or null; complete cases; ``count`` the subjects each row stands for. ``labels``
    fills endpoint, level, model, cohort and analysis. The events in ``events_per_variable`` are the rarer
    of events and non-events, over the columns that vary, without intercept; below 5 the estimates are null unless
    ``show_unreliable``. What cannot be estimated is null with the reason in ``note``; no exception.
    """
    frame = finite(frame, [event])
    cases = design(frame, covariates, references=references, count=count)
    outcome = (as_float(frame[event])[cases.rows] == 1).astype(float)
    n, n_events = int(cases.count.sum()), int(outcome @ cases.count)
    epv, of_columns = estimable_terms.events_per_variable(min(n_events, n - n_events), cases)
    base: dict[str, Any] = dict(labels or {}) | {"n": n, "n_events": n_events, "method": METHOD}
    base["events_per_variable"] = epv
    reason = ""
    if n == 0:
        reason = guards.NO_COMPLETE_CASES
    elif n_events in (0, n):
        reason = guards.ALL_EVENTS if n_events else guards.NO_EVENTS
    reason = reason or (guards.NOT_SHOWN if guards.is_withheld(epv, show_unreliable) else "")
    if reason:
        reduced = estimable_terms.all_for(cases, reason)
        few = guards.events_per_variable_note(epv) if reason == guards.NOT_SHOWN else ""
        return tidy(
            _rows(cases, reduced, None, base, guards.join_notes(few, of_columns, cases.missing_note, note)), COLUMNS
        )
    reduced = estimable_terms.reduce_design(cases, outcome, cases.count, is_logistic=True)
    few = guards.events_per_variable_note(epv)
    notes = guards.join_notes(reduced.set_aside, few, of_columns, cases.missing_note, note)
    matrix = cases.block(reduced.rows, reduced.columns)
    fitted = fit_logistic(matrix, outcome[reduced.rows], cases.count[reduced.rows]) if reduced.columns else None
    rows = _rows(cases, reduced, fitted, base, notes)
    if fitted is not None or (reduced.has_infinite and not reduced.columns):
        # In the limit, those set aside are predicted with certainty: they add nothing to the model's log-likelihood.
        at_best = fitted["log_likelihood"] if fitted else _null_log_likelihood(outcome, cases.count, reduced.rows)
        ratio = 2.0 * (at_best - _null_log_likelihood(outcome, cases.count))
        of_all = guards.WHOLE_MODEL if reduced.has_infinite else ""
        rows += model_row(base, "lr_chi2", ratio, reduced.df, guards.join_notes(of_all, notes))
    return tidy(rows, COLUMNS)


def _null_log_likelihood(outcome: np.ndarray, count: np.ndarray, rows: np.ndarray | None = None) -> float:
    """Return the binomial log-likelihood with only an intercept, of all rows or of some."""
    from scipy.special import xlogy

    if rows is not None:
        outcome, count = outcome[rows], count[rows]
    n, k = count.sum(), outcome @ count
    return float(xlogy(k, k / n) + xlogy(n - k, (n - k) / n)) if n else 0.0


def fit_logistic(matrix: np.ndarray, outcome: np.ndarray, count: np.ndarray) -> dict[str, Any] | None:
    """Fit the model, intercept first; columns are standardised for the fit and transformed back. None without a finite
    maximum.
    """
    from scipy.special import xlogy
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    mean = np.average(matrix, axis=0, weights=count)
    scale = np.sqrt(np.average((matrix - mean) ** 2, axis=0, weights=count))
    standard = np.column_stack([np.ones(len(outcome)), (matrix - mean) / scale])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # separation and non-convergence are read from the result below
        try:
            model = GLM(outcome, standard, family=Binomial(), freq_weights=count)
            found = model.fit(maxiter=100, tol=1e-10, tol_criterion="params")
            covariance = np.asarray(found.cov_params(), dtype=float)
            fitted = np.asarray(found.fittedvalues, dtype=float)
            spread = np.sqrt(np.diag(covariance))
        except (np.linalg.LinAlgError, ValueError, FloatingPointError):
            return None
    params = np.asarray(found.params, dtype=float)
    is_finite = np.isfinite(params).all() and np.isfinite(spread).all()
    if not is_finite or not found.converged or spread.max() > STD_ERROR_SEPARATION:
        return None
    back = np.diag(np.concatenate([[1.0], 1.0 / scale]))
    back[0, 1:] = -mean / scale
    coef, std_error = back @ params, np.sqrt(np.diag(back @ covariance @ back.T))
    log_likelihood = float(count @ (xlogy(outcome, fitted) + xlogy(1.0 - outcome, 1.0 - fitted)))
    return {"coef": coef, "std_error": std_error, "log_likelihood": log_likelihood}


def _rows(
    cases: Design, reduced: estimable_terms.Reduced, fitted: dict[str, Any] | None, base: dict[str, Any], note: str
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for j, column in enumerate(cases.columns):
        row = base | {"term": column.term, "term_level": column.level, "reference": column.reference}
        row["quantity"] = "odds_ratio"
        if j in reduced.reasons or fitted is None:
            reason = reduced.reasons.get(j, guards.NOT_CONVERGED)
            rows.append(row | {"note": guards.join_notes(reason, note)})
        else:
            whom = guards.join_notes(reduced.comparisons.get(j, ""), note)
            rows.append(row | _wald(fitted, 1 + reduced.columns.index(j)) | {"note": whom})
    if fitted is None:
        return rows
    intercept = base | {"term": INTERCEPT, "quantity": "odds"}
    if reduced.is_reference_infinite:
        return [*rows, intercept | {"note": guards.join_notes(guards.INFINITE_REFERENCE, note)}]
    return [*rows, intercept | {"note": note} | _wald(fitted, 0)]


def _wald(fitted: dict[str, Any], at: int) -> dict[str, Any]:
    from scipy.special import ndtr

    coef, std_error = fitted["coef"][at], fitted["std_error"][at]
    found = {"estimate": np.exp(coef), "coef": coef, "std_error": std_error, "df": 1}
    found |= {"lower": np.exp(coef - Z_975 * std_error), "upper": np.exp(coef + Z_975 * std_error)}
    return found | {"p_value": 2.0 * ndtr(-abs(coef / std_error))}
