"""Logistic regression with few events: limits from the likelihood itself, and Firth's penalty.

Profile: the values b of a coefficient for which twice the loss of log-likelihood, maximised over the others, stays
below the 0.95 quantile of chi-square(1); equals R's ``confint(glm)`` up to that function's interpolation. Firth,
Biometrika 1993;80:27: half the log determinant of the information is added to the log-likelihood, which takes away
the first-order bias and keeps estimates finite under separation (Heinze and Schemper, Stat Med 2002;21:2409); limits
from the penalised profile, as R's ``logistf``. Firth draws predictions towards one half, so the intercept is not
given. Neither makes few events many: below 5 per variable they stay unreliable.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.regression import estimable_terms
from analysis.regression.design_matrix import design
from analysis.regression.model_rows import RATIO_COLUMNS, finite, term_rows
from analysis.tidy import as_float, tidy
from schemas.thresholds import STD_ERROR_SEPARATION

METHODS = {
    "profile": "logistic regression, profile-likelihood interval",
    "firth": "Firth's penalised logistic regression, profile interval",
}
COLUMNS = RATIO_COLUMNS
_REACH = 30.0  # a limit further out, in log odds per standard deviation, is taken for infinite
TOLERANCE = 1e-8  # at 1e-10 a step at the maximum can no longer raise the likelihood, and counts as not converged
MAX_STEPS = 200


def few_events(
    frame: pd.DataFrame,
    covariates: Sequence[str],
    *,
    event: str,
    by: str = "firth",
    count: str | None = None,
    references: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    note: str = "",
    show_unreliable: bool = False,
) -> pd.DataFrame:
    """Return one row ``odds_ratio`` per term and level (COLUMNS); ``by`` is ``profile`` or ``firth``.

    ``std_error`` is from the information, ``p_value`` from the (penalised) likelihood ratio. A limit that is
    infinite is null, and the note says so. Guards as in logistic.py; Firth's estimate needs none against separation.
    """
    frame = finite(frame, [event])
    chosen = design(frame, covariates, references=references, count=count)
    outcome = (as_float(frame[event])[chosen.rows] == 1).astype(float)
    n, n_events = int(chosen.count.sum()), int(outcome @ chosen.count)
    epv, of_columns = estimable_terms.events_per_variable(min(n_events, n - n_events), chosen)
    base = dict(labels or {}) | {"n": n, "n_events": n_events, "method": METHODS[by], "events_per_variable": epv}
    base["quantity"] = "odds_ratio"
    notes = guards.join_notes(guards.events_per_variable_note(epv), of_columns, chosen.missing_note, note)
    reason = guards.NO_COMPLETE_CASES if n == 0 else guards.NO_EVENTS if n_events == 0 else ""
    reason = reason or (guards.ALL_EVENTS if n_events == n else "")
    reason = reason or (guards.NOT_SHOWN if guards.is_withheld(epv, show_unreliable) else "")
    if reason:
        return tidy(term_rows(chosen.columns, estimable_terms.all_for(chosen, reason), {}, base, notes), COLUMNS)
    is_firth = by == "firth"
    reduced = estimable_terms.reduce_design(chosen, outcome, chosen.count, is_logistic=True, may_separate=is_firth)
    kept, figures = reduced.rows, {}
    if reduced.columns:
        figures = _figures(
            chosen.block(kept, reduced.columns), outcome[kept], chosen.count[kept], reduced.columns, is_firth
        )
    notes = guards.join_notes(reduced.set_aside, notes)
    return tidy(term_rows(chosen.columns, reduced, figures, base, notes), COLUMNS)


def _figures(
    matrix: np.ndarray, outcome: np.ndarray, count: np.ndarray, columns: list[int], is_firth: bool
) -> dict[int, dict[str, Any]]:
    """Return position in the design -> what its row says; empty if the likelihood has no maximum."""
    from firthmodels import FirthLogisticRegression

    mean = np.average(matrix, axis=0, weights=count)
    scale = np.sqrt(np.average((matrix - mean) ** 2, axis=0, weights=count))
    penalty = 0.5 if is_firth else 0.0
    model = FirthLogisticRegression(max_iter=MAX_STEPS, gtol=TOLERANCE, xtol=TOLERANCE, penalty_weight=penalty)
    standardised = (matrix - mean) / scale
    fitted = converged(lambda: model.fit(standardised, outcome, sample_weight=count))
    if fitted is None or not np.isfinite(model.bse_).all():
        return {}
    if not is_firth and model.bse_.max() > STD_ERROR_SEPARATION:
        return {}
    found = {}
    for at, j in enumerate(columns):
        limits = dict(zip(("lower", "upper"), profile_limits(model, at), strict=True))
        is_tested = converged(partial(model.lrt, at)) is not None
        row: dict[str, Any] = {
            "coef": model.coef_[at] / scale[at],
            "std_error": model.bse_[at] / scale[at],
            "df": 1,
            "p_value": float(model.lrt_pvalues_[at]) if is_tested else None,
        }
        for name, value in (limits | {"estimate": model.coef_[at]}).items():
            row[name] = None if value is None else float(np.exp(value / scale[at]))
        infinite = " and ".join(name for name, value in limits.items() if value is None)
        found[j] = row | {"note": f"no finite {infinite} limit" if infinite else ""}
    return found


def profile_limits(model: Any, at: int) -> list[float | None]:
    """Return the lower and upper profile limit of one coefficient; None for one not found or beyond reach."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = model.conf_int(method="pl", features=at, max_iter=MAX_STEPS, tol=TOLERANCE)[at]
    return [float(limit) if np.isfinite(limit) and abs(limit) <= _REACH else None for limit in found]


def converged(fit: Callable[[], Any]) -> Any | None:
    """Return what `fit` returns, None if it did not converge."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("error")
        try:
            return fit()
        except (Warning, np.linalg.LinAlgError, ValueError):
            return None
