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


def auc(rank: np.ndarray, known: Known | None) -> float:
    """Return the chance that a case has a higher score than a control; NaN without either. ``rank``: of each score,
    from 0 (concordance.ranks).
    """
    pairs = 0.0 if known is None else float(known.case.sum() * known.control.sum())
    if known is None or pairs <= 0.0:
        return float("nan")
    controls = np.bincount(rank, weights=known.control)
    lower = np.cumsum(controls) - controls / 2.0  # those of the same score count half
    return float(known.case @ lower[rank]) / pairs


def brier(risk: np.ndarray | float, known: Known | None) -> float:
    """Return the mean squared distance between the predicted risk and what was seen; one number is everybody's risk."""
    if known is None:
        return float("nan")
    of_case, of_control = (
        np.broadcast_to(one**2, known.case.shape) for one in (1.0 - np.asarray(risk), np.asarray(risk))
    )
    return float(known.case @ of_case + known.control @ of_control) / known.n
