"""The risks that a fitted Cox model predicts: its baseline hazard, and what deaths leave of it.

Where nothing competes the risk by t is 1 - exp(-H(t) exp(z'b)), H by Efron's rule where times tie: R's
``survfit(coxph)``. Where death competes, a cause-specific hazard alone says too much, as if nobody died: the risk is
the sum over event times u of S(u-) h(u) exp(z'b), S the product of what both hazards leave (riskRegression's ``CSC``
with ``product.limit``). The hazard of death is that of everybody, since deaths are too few for a model of their own.
Where no times tie, a score without effect gives Aalen and Johansen's estimate.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

AT_ONCE = 200_000
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
        return self.risks(score, [at])[at]

    def risks(self, score: np.ndarray, times: Iterable[float]) -> dict[float, np.ndarray]:
        """Return the same by each of several times."""
        ends = {at: int(np.searchsorted(self.times, at, side="right")) for at in times}
        ratio = np.exp(score)
        if not self.hazard_of_death.any():
            return {at: -np.expm1(-self.hazard[:end].sum() * ratio) for at, end in ends.items()}
        distinct, place = np.unique(ratio, return_inverse=True)  # equal scores have one risk
        last = max(ends.values(), default=0)
        hazard, death = self.hazard[:last], self.hazard_of_death[:last]
        found = {at: np.empty(len(distinct)) for at in ends}
        size = max(1, AT_ONCE // max(last, 1))
        for start in range(0, len(distinct), size):
            own = distinct[start : start + size, None] * hazard
            stays = np.cumprod(np.clip(1.0 - own - death, 0.0, 1.0), axis=1)
            own[:, 1:] *= stays[:, :-1]
            for at, end in ends.items():
                found[at][start : start + size] = own[:, :end].sum(axis=1)
        return {at: np.minimum(risk, 1.0)[place] for at, risk in found.items()}
