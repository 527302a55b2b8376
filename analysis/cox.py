"""Cox's proportional-hazards model: hazard ratios, their tests, and the test of the proportionality they
assume.

Here belongs fitting one Cox model and laying it out. Not here: which models a study declares (models.py),
design matrices (covariates.py), what must not be fitted (guards.py).

Maximises the partial likelihood (ties by Efron unless told otherwise); standard errors from the model's
information; Wald intervals exp(coef -+ z se); likelihood-ratio and Wald test of the whole model; the test
of proportional hazards is the score test of R's ``cox.zph`` (survival 3, transform km). Equals R's
``coxph``. Misleads under non-proportional hazards, where the ratio is an average that depends on the
follow-up; and at lesion level, where model standard errors take the lesions of one patient for independent.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.covariates import Design, design
from analysis.tidy import Z_975, as_float, stratum_labels, tidy

# R's names of tie methods, and the library's. R's "exact" is the discrete (conditional logistic) likelihood.
TIES = {"efron": "efron", "breslow": "breslow", "exact": "kalbfleisch-prentice"}
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
COLUMNS += ["ph_chi2", "ph_p_value", "method", "note"]


def cox(
    frame: pd.DataFrame,
    covariates: Sequence[str],
    *,
    time: str = "days",
    event: str = "event",
    count: str | None = None,
    references: Mapping[str, str] | None = None,
    strata: str | None = None,
    ties: str = "efron",
    labels: Mapping[str, str] | None = None,
    note: str = "",
) -> pd.DataFrame:
    """One row ``hazard_ratio`` per term and level, then ``lr_chi2``, ``wald_chi2`` and ``ph_global_chi2``
    of the model (COLUMNS).

    ``time`` in any unit; ``event`` 1 is the event, anything else censoring; complete cases; ``count`` the
    subjects each row stands for. ``labels`` fills endpoint, level, model, cohort and analysis. ``ties``:
    efron, breslow or exact, as in R. ``events_per_variable`` is events over columns of the model. What
    cannot be estimated is null with the reason in ``note``; no exception. With ``strata`` the test of
    proportionality is null.
    """
    needed = [time, event] + ([strata] if strata else [])
    cases = design(frame, covariates, references=references, also_complete=needed, count=count)
    times = as_float(frame[time])[cases.rows]
    events = (as_float(frame[event])[cases.rows] == 1).astype(int)
    by = stratum_labels(frame[strata])[cases.rows] if strata else None
    n_events = int(events @ cases.count)
    base: dict[str, Any] = dict(labels or {}) | {"n": int(cases.count.sum()), "n_events": n_events}
    base["method"] = f"Cox, {ties.capitalize()} ties" + (f", stratified by {strata}" if strata else "")
    epv = n_events / max(len(cases.columns), 1)
    base["events_per_variable"] = epv
    notes = [guards.events_per_variable_note(epv), cases.missing_note, note]
    if n_events == 0:
        reason = guards.NO_EVENTS if len(events) else guards.NO_COMPLETE_CASES
        return tidy(_empty_rows(cases, base, guards.join_notes(reason, cases.missing_note, note)), COLUMNS)
    reduced = guards.reduce_design(cases, events, cases.count, is_logistic=False)
    fitted = _fit(times, events, cases, reduced, by, ties) if reduced.columns else None
    return tidy(_rows(cases, reduced, fitted, base, guards.join_notes(reduced.set_aside, *notes)), COLUMNS)


def _fit(
    times: np.ndarray,
    events: np.ndarray,
    cases: Design,
    reduced: guards.Reduced,
    strata: np.ndarray | None,
    ties: str,
) -> dict[str, Any] | None:
    """Coefficients and tests of the columns that can be fitted; None without a finite maximum."""
    from surpyval import CoxPH
    from surpyval.univariate.regression.proportional_hazards.diagnostics import check_ph

    rows = reduced.rows
    matrix = cases.block(rows, reduced.columns)
    kept_strata = strata[rows] if strata is not None else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it warns of is read from ``maximum`` and ``aliased`` below
        try:
            model = CoxPH.fit(
                times[rows],
                matrix,
                c=1 - events[rows],
                n=cases.count[rows].astype(int),
                tie_method=TIES[ties],
                strata=kept_strata,
            )
        except (ValueError, FloatingPointError, np.linalg.LinAlgError):
            return None
        coef = np.asarray(model.beta, dtype=float)
        neg_log_likelihood = model.neg_ll_of
        if model.maximum != "verified" or not np.isfinite(coef).all() or neg_log_likelihood is None:
            return None
        covariance = np.asarray(model.covariance(), dtype=float)
        std_error = np.sqrt(np.diag(covariance))
        likelihood_ratio = 2.0 * (neg_log_likelihood(np.zeros_like(coef)) - neg_log_likelihood(coef))
        ph = None if strata is not None else check_ph(model, "km")
    statistics = np.full(len(coef) + 1, np.nan)
    if ph is not None:
        statistics[:] = [test["statistic"] for test in [*ph["per_covariate"], ph["global"]]]
    if not np.isfinite(std_error).all():
        return None
    wald = float(coef @ np.linalg.solve(covariance, coef))
    return {"coef": coef, "std_error": std_error, "lr": likelihood_ratio, "wald": wald, "ph": statistics}


def _rows(
    cases: Design, reduced: guards.Reduced, fitted: dict[str, Any] | None, base: dict[str, Any], note: str
) -> list[dict[str, Any]]:
    from scipy.special import chdtrc, ndtr

    rows: list[dict[str, Any]] = []
    for j, column in enumerate(cases.columns):
        row = base | {"term": column.term, "term_level": column.level, "reference": column.reference}
        row["quantity"] = "hazard_ratio"
        if j in reduced.reasons:
            rows.append(row | {"note": guards.join_notes(reduced.reasons[j], note)})
        elif fitted is None:
            rows.append(row | {"note": guards.join_notes(guards.NOT_CONVERGED, note)})
        else:
            at = reduced.columns.index(j)
            coef, std_error, ph = fitted["coef"][at], fitted["std_error"][at], fitted["ph"][at]
            limits = {"lower": np.exp(coef - Z_975 * std_error), "upper": np.exp(coef + Z_975 * std_error)}
            row |= {
                "estimate": np.exp(coef),
                "coef": coef,
                "std_error": std_error,
                "df": 1,
                "note": note,
            } | limits
            rows.append(
                row | {"p_value": 2.0 * ndtr(-abs(coef / std_error)), "ph_chi2": ph, "ph_p_value": chdtrc(1, ph)}
            )
    if fitted is None:
        return rows
    df = len(reduced.columns)
    for quantity, statistic in zip(
        ("lr_chi2", "wald_chi2", "ph_global_chi2"),
        (fitted["lr"], fitted["wald"], fitted["ph"][-1]),
        strict=True,
    ):
        if np.isfinite(statistic):
            p_value = chdtrc(df, max(statistic, 0.0))
            rows.append(
                base | {"quantity": quantity, "estimate": statistic, "df": df, "p_value": p_value, "note": note}
            )
    return rows


def _empty_rows(cases: Design, base: dict[str, Any], note: str) -> list[dict[str, Any]]:
    texts = ({"term": c.term, "term_level": c.level, "reference": c.reference} for c in cases.columns)
    return [base | text | {"quantity": "hazard_ratio", "note": note} for text in texts]
