"""Logistic regression with few events: limits from the likelihood itself, and Firth's penalty.

Here belong profile-likelihood intervals and Firth's estimate. Not here: Wald intervals (logistic.py).

Profile: the values b of a coefficient for which twice the loss of log-likelihood, maximised over the others, stays
below the 0.95 quantile of chi-square(1); equals R's ``confint(glm)`` up to that function's interpolation. Firth,
Biometrika 1993;80:27: half the log determinant of the information is added to the log-likelihood, which takes away
the first-order bias and keeps estimates finite under separation (Heinze and Schemper, Stat Med 2002;21:2409); limits
from the penalised profile, as R's ``logistf``. Firth draws predictions towards one half, so the intercept is not
given. Neither makes few events many: below 5 per variable they stay unreliable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.covariates import design
from analysis.model_rows import RATIO_COLUMNS, finite, term_rows
from analysis.tidy import Z_975, as_float, tidy

METHODS = {
    "profile": "logistic regression, profile-likelihood interval",
    "firth": "Firth's penalised logistic regression, profile interval",
}
COLUMNS = RATIO_COLUMNS
_REACH = 30.0  # a limit further out, in log odds per standard deviation, is taken for infinite
_MAX_STEPS = 200


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
    """One row ``odds_ratio`` per term and level (COLUMNS); ``by`` is ``profile`` or ``firth``.

    ``std_error`` is from the information, ``p_value`` from the (penalised) likelihood ratio. A limit that is
    infinite is null, and the note says so. Guards as in logistic.py; Firth's estimate needs none against separation.
    """
    frame = finite(frame, [event])
    chosen = design(frame, covariates, references=references, count=count)
    outcome = (as_float(frame[event])[chosen.rows] == 1).astype(float)
    n, n_events = int(chosen.count.sum()), int(outcome @ chosen.count)
    epv, of_columns = guards.events_per_variable(min(n_events, n - n_events), chosen)
    base = dict(labels or {}) | {"n": n, "n_events": n_events, "method": METHODS[by], "events_per_variable": epv}
    base["quantity"] = "odds_ratio"
    notes = guards.join_notes(guards.events_per_variable_note(epv), of_columns, chosen.missing_note, note)
    reason = guards.NO_COMPLETE_CASES if n == 0 else guards.NO_EVENTS if n_events == 0 else ""
    reason = reason or (guards.ALL_EVENTS if n_events == n else "")
    reason = reason or (guards.NOT_SHOWN if guards.is_withheld(epv, show_unreliable) else "")
    if reason:
        return tidy(term_rows(chosen.columns, guards.all_for(chosen, reason), {}, base, notes), COLUMNS)
    is_firth = by == "firth"
    reduced = guards.reduce_design(chosen, outcome, chosen.count, is_logistic=True, may_separate=is_firth)
    kept, figures = reduced.rows, {}
    if reduced.columns:
        figures = _figures(
            chosen.block(kept, reduced.columns), outcome[kept], chosen.count[kept], reduced.columns, is_firth
        )
    notes = guards.join_notes(reduced.set_aside, notes)
    return tidy(term_rows(chosen.columns, reduced, figures, base, notes), COLUMNS)


class Likelihood:
    """A binomial log-likelihood over an intercept and the columns, with Firth's penalty or without."""

    def __init__(self, matrix: np.ndarray, outcome: np.ndarray, count: np.ndarray, is_firth: bool) -> None:
        self.x = np.column_stack([np.ones(len(outcome)), matrix])
        self.outcome, self.count, self.is_firth = outcome, count, is_firth

    def value(self, coef: np.ndarray) -> float:
        """The (penalised) log-likelihood."""
        linear = self.x @ coef
        found = float(self.count @ (self.outcome * linear - np.logaddexp(0.0, linear)))
        if not self.is_firth:
            return found
        sign, log_det = np.linalg.slogdet(self._information(linear)[1])
        return found + 0.5 * log_det if sign > 0 else -np.inf

    def maximise(self, start: np.ndarray, free: list[int]) -> tuple[np.ndarray, float] | None:
        """(coefficients, value) at the maximum over the ``free`` positions, the others kept at ``start``."""
        coef, value = start.copy(), self.value(start)
        for _ in range(_MAX_STEPS):
            linear = self.x @ coef
            weight, information = self._information(linear)
            fitted = 1.0 / (1.0 + np.exp(-linear))
            residual = self.count * (self.outcome - fitted)
            try:
                if self.is_firth:
                    hat = weight * np.einsum("ij,ji->i", self.x, np.linalg.solve(information, self.x.T))
                    residual = residual + hat * (0.5 - fitted)
                score = self.x.T @ residual
                step = np.zeros_like(coef)
                step[free] = np.linalg.solve(information[np.ix_(free, free)], score[free])
            except np.linalg.LinAlgError:
                return None
            if not np.isfinite(step).all():
                return None
            step *= min(1.0, 5.0 / max(np.abs(step).max(), 1e-300))
            is_done = np.abs(step).max() < 1e-11
            for _ in range(40):
                moved = self.value(coef + step)
                if moved >= value - 1e-12 * abs(value):
                    break
                step = step / 2.0
            coef, value = coef + step, moved
            if is_done:
                return coef, value
            if np.abs(coef).max() > 2.0 * _REACH:
                return None
        return None

    def _information(self, linear: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        fitted = 1.0 / (1.0 + np.exp(-linear))
        weight = self.count * fitted * (1.0 - fitted)
        return weight, (self.x * weight[:, None]).T @ self.x


def _figures(
    matrix: np.ndarray, outcome: np.ndarray, count: np.ndarray, columns: list[int], is_firth: bool
) -> dict[int, dict[str, Any]]:
    from scipy.special import chdtrc

    mean = np.average(matrix, axis=0, weights=count)
    scale = np.sqrt(np.average((matrix - mean) ** 2, axis=0, weights=count))
    with np.errstate(all="ignore"):
        likelihood = Likelihood((matrix - mean) / scale, outcome, count, is_firth)
        p = matrix.shape[1] + 1
        best = likelihood.maximise(np.zeros(p), list(range(p)))
        if best is None:
            return {}
        coef, top = best
        try:
            std_error = np.sqrt(np.diag(np.linalg.inv(likelihood._information(likelihood.x @ coef)[1])))
        except np.linalg.LinAlgError:
            return {}
        if not np.isfinite(std_error).all() or (not is_firth and std_error.max() > guards.STD_ERROR_SEPARATION):
            return {}
        found = {}
        for at, j in enumerate(columns, start=1):
            lower, upper = (_limit(likelihood, coef, top, at, sign * std_error[at]) for sign in (-1.0, 1.0))
            at_zero = likelihood.maximise(np.where(np.arange(p) == at, 0.0, coef), [k for k in range(p) if k != at])
            row: dict[str, Any] = {
                "coef": coef[at] / scale[at - 1],
                "std_error": std_error[at] / scale[at - 1],
                "df": 1,
            }
            row["p_value"] = None if at_zero is None else float(chdtrc(1, max(2.0 * (top - at_zero[1]), 0.0)))
            limits = {"lower": lower, "upper": upper}
            for name, value in (limits | {"estimate": coef[at]}).items():
                row[name] = None if value is None else float(np.exp(value / scale[at - 1]))
            infinite = " and ".join(name for name, value in limits.items() if value is None)
            found[j] = row | {"note": f"no finite {infinite} limit" if infinite else ""}
        return found


def _limit(likelihood: Likelihood, coef: np.ndarray, top: float, at: int, spread: float) -> float | None:
    """Where the profile of one coefficient has lost what a 95 % interval allows; None where it never does."""
    from scipy.optimize import brentq

    free = [k for k in range(len(coef)) if k != at]
    near = coef.copy()  # each search for the others starts where the last one ended

    def excess(value: float) -> float:
        # The root of twice the loss is nearly a straight line in the coefficient, so few steps find its crossing.
        nonlocal near
        found = likelihood.maximise(np.where(np.arange(len(coef)) == at, value, near), free)
        if found is None:
            return np.nan
        near = found[0]
        return float(np.sqrt(max(2.0 * (top - found[1]), 0.0))) - Z_975

    outer = coef[at] + Z_975 * spread
    for _ in range(12):
        reached = excess(outer)
        if not np.isfinite(reached) or abs(outer) > _REACH:
            return None
        if reached > 0.0:
            return float(brentq(excess, coef[at], outer, xtol=1e-11, rtol=1e-13))
        outer = coef[at] + (outer - coef[at]) * 1.3
    return None
