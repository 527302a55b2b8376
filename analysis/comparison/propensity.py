"""Weights under which two treatments can be compared: the chance of each given the confounders, by logistic regression.

With e the chance of the compared treatment, the weight of a subject with it and of one without is 1/e and 1/(1 - e)
(ATE: the effect if everybody had one or the other), 1 and e/(1 - e) (ATT: among those who had it), 1 - e and e
(overlap: among those for whom either was likely; Li, Morgan and Zaslavsky, J Am Stat Assoc 2018;113:390). Overlap
weights balance the columns of the model exactly. Weights help only where both treatments were given: where one of them
never was, no weight makes up for it (positivity). They balance what is in the model and nothing else.
"""

from __future__ import annotations

import numpy as np

from analysis.regression.logistic import fit_logistic
from schemas.own_plan import ATE, ATT, OVERLAP


def scores(matrix: np.ndarray, treated: np.ndarray) -> np.ndarray | None:
    """Return each subject's chance of the treatment, by logistic regression on the columns of ``matrix`` with an
    intercept, as R's ``glm(family = binomial)``; None without a finite maximum. ``treated`` 0/1.
    """
    if matrix.shape[1] == 0:
        return np.full(len(treated), treated.mean())
    fitted = fit_logistic(matrix, treated, np.ones(len(treated)))
    if fitted is None:
        return None
    return np.asarray(1.0 / (1.0 + np.exp(-(fitted["coef"][0] + matrix @ fitted["coef"][1:]))))


def weights_of(score: np.ndarray, treated: np.ndarray, estimand: str) -> np.ndarray:
    """Return the weight of each subject for ``estimand`` (ATE, ATT, OVERLAP), not stabilised.

    >>> weights_of(np.array([0.5, 0.2]), np.array([1, 0]), "ate").tolist()
    [2.0, 1.25]
    >>> weights_of(np.array([0.5, 0.2]), np.array([1, 0]), "att").tolist()
    [1.0, 0.25]
    """
    is_treated = treated == 1
    if estimand == ATE:
        return np.where(is_treated, 1.0 / score, 1.0 / (1.0 - score))
    if estimand == ATT:
        return np.where(is_treated, 1.0, score / (1.0 - score))
    return np.where(is_treated, 1.0 - score, score)


def effective_size(weight: np.ndarray) -> float:
    """Return how many equally weighted subjects carry as much: (sum w)^2 / sum w^2 (Kish).

    >>> effective_size(np.array([1.0, 1.0])), effective_size(np.array([1.0, 0.0]))
    (2.0, 1.0)
    """
    return float(weight.sum() ** 2 / (weight**2).sum()) if len(weight) and weight.any() else 0.0


def share_outside(score: np.ndarray, treated: np.ndarray, estimand: str) -> float:
    """Return the share of those whom the estimand is about whose score nobody of the other group has: below its
    smallest or above its largest. 0 for OVERLAP, whose weights leave them out by themselves.
    """
    if estimand == OVERLAP:
        return 0.0
    is_treated = treated == 1
    outside = np.zeros(len(score), dtype=bool)
    for own in (is_treated, ~is_treated):
        other = score[~own]
        outside |= own & ((score < other.min()) | (score > other.max()))
    return float(outside[is_treated].mean() if estimand == ATT else outside.mean())
