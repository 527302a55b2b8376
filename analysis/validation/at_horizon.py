"""How well predicted risks tell, at one time, who has had the event: area under the curve and Brier score.

At a time t a case is who had the event by then, a control who had not: who is free of it, or had what competes (death
without LTP). Of those censored before it is not known which they are; the others are weighted for them: 1 / G(T-) who
left with an event at T, 1 / G(t) who is still watched (Graf et al., Stat Med 1999;18:2529; Blanche, Dartigues and
Jacqmin-Gadda, Stat Med 2013;32:5381; with competing events Blanche et al., Stat Med 2014;33:3363). Equal to
riskRegression's ``Score(cens.model = "km")``. The Brier score mixes calibration and discrimination, so it stands beside
that of a model that gives everybody the same risk. Both mislead where who is censored depends on the score.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.validation.concordance import ranks
from analysis.validation.watched import watched


@dataclass(frozen=True)
class Known:
    """What is known at a time: the weight of each subject as a case and as a control, and how many there are."""

    case: np.ndarray
    control: np.ndarray
    n: float

    @property
    def share(self) -> float:
        """Return the share that has had the event: Aalen and Johansen's estimate, or one minus Kaplan and Meier's."""
        return float(self.case.sum()) / self.n


def known_at(time: np.ndarray, event: np.ndarray, at: float, weight: np.ndarray | None = None) -> Known | None:
    """Return what is known at the time ``at``; None if nobody is watched so long.

    ``event``: 0 censored, 1 the event, more what competes. ``weight``: how many subjects a row stands for.
    """
    each = np.ones(len(time)) if weight is None else weight
    if not len(time) or each[time >= at].sum() == 0.0:
        return None
    still = watched(time, event, weight)
    is_over = time <= at
    left = np.divide(each, still.before(time), out=np.zeros(len(time)), where=is_over & (event > 0))
    stays = np.where(is_over, 0.0, each / max(float(still.at(at)), np.finfo(float).tiny))
    case = np.where(event == 1, left, 0.0)
    return Known(case, np.where(event > 1, left, 0.0) + stays, float(each.sum()))


def auc(score: np.ndarray, known: Known) -> float:
    """Return the chance that a case has a higher score than a control; NaN without either."""
    pairs = float(known.case.sum() * known.control.sum())
    if pairs <= 0.0:
        return float("nan")
    rank = ranks(score)
    controls = np.bincount(rank, weights=known.control)
    lower = np.cumsum(controls) - controls / 2.0  # those of the same score count half
    return float(known.case @ lower[rank]) / pairs


def brier(risk: np.ndarray | float, known: Known) -> float:
    """Return the mean squared distance between the predicted risk and what was seen; one number is everybody's risk."""
    return float(known.case @ np.broadcast_to((1.0 - np.asarray(risk)) ** 2, known.case.shape)) / known.n + (
        float(known.control @ np.broadcast_to(np.asarray(risk) ** 2, known.control.shape)) / known.n
    )
