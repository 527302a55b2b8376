"""The risks that a fitted Cox model predicts: its baseline hazard, and what deaths leave of it.

Where nothing competes the risk by t is 1 - exp(-H(t) exp(z'b)), H by Efron's rule where times tie: R's
``survfit(coxph)``. Where death competes, a cause-specific hazard alone says too much, as if nobody died: the risk is
the sum over event times u of S(u-) h(u) exp(z'b), S the product of what both hazards leave (riskRegression's ``CSC``
with ``product.limit``). The hazard of death is that of everybody, since deaths are too few for a model of their own.
Where no times tie, a score without effect gives Aalen and Johansen's estimate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.regression.risk_sets import Cases, risk_sets

AT_ONCE = 2_000_000
"""Cells of subjects times event times that are held in memory."""


@dataclass(frozen=True)
class Predictor:
    """A fitted model: score = (z - center)'coef, and the steps of both hazards at that score's 0."""

    coef: np.ndarray
    center: np.ndarray
    times: np.ndarray
    hazard: np.ndarray
    hazard_of_death: np.ndarray

    def score(self, matrix: np.ndarray) -> np.ndarray:
        """Return each subject's linear predictor."""
        return np.asarray((matrix - self.center) @ self.coef)

    def risk(self, score: np.ndarray, at: float) -> np.ndarray:
        """Return the predicted risk of the event by the time ``at``."""
        upto = int(np.searchsorted(self.times, at, side="right"))
        hazard, death, ratio = self.hazard[:upto], self.hazard_of_death[:upto], np.exp(score)
        if not death.any():
            return np.asarray(-np.expm1(-hazard.sum() * ratio))
        found = np.empty(len(score))
        size = max(1, AT_ONCE // max(upto, 1))
        for start in range(0, len(score), size):
            own = ratio[start : start + size, None] * hazard
            stays = np.cumprod(np.clip(1.0 - own - death, 0.0, 1.0), axis=1)
            before = np.concatenate([np.ones((len(own), 1)), stays[:, :-1]], axis=1)
            found[start : start + size] = (before * own).sum(axis=1)
        return np.minimum(found, 1.0)


def predictor(cases: Cases, coef: np.ndarray, causes: np.ndarray) -> Predictor:
    """Return the model with these coefficients; ``causes``: 0 censored, 1 the event, more what competes."""
    sets = risk_sets(cases, coef)
    times, at = np.unique(cases.time, return_inverse=True)
    hazard, death = np.zeros(len(times)), np.zeros(len(times))
    hazard[np.unique(at[sets.rows])] = sets.steps[0]
    if (causes > 1).any():
        of_nobody = np.zeros((len(cases.time), 1))
        others = risk_sets(Cases(cases.time, (causes > 1).astype(int), of_nobody, cases.count), np.zeros(1))
        death[np.unique(at[others.rows])] = others.steps[0]
    is_step = (hazard > 0.0) | (death > 0.0)
    center = np.average(cases.matrix, axis=0, weights=cases.count)
    return Predictor(coef, center, times[is_step], hazard[is_step], death[is_step])
