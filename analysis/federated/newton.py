"""Newton's steps to the maximum of a partial likelihood, of which several sites each give score and information.

Scores and informations of sites add up, so a step of the sums is the step of the pooled fit. A site under disclosure
control rounds what it gives; ``score_slack`` is how far each part of its score may be off. Steps end where the sum of
the scores is no larger than twice the sum of these: more rounds would follow the rounding. Without rounding they end
with the step that is smaller than a ten-millionth of a standard error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

NEGLIGIBLE = 1e-7
"""A step in standard errors after which nothing moves that anybody reads."""
FINAL, NEXT, NO_MAXIMUM = "final", "next", "no maximum"
BETTER = 1e-9
_RANK = 1e-10


@dataclass(frozen=True)
class Given:
    """What one site gives of a model at some coefficients, or the sum over sites. ``score_slack``: how far each part
    of the score may be off; ``meat``: the sum over clusters of their squared scores, for a clustered variance.
    """

    score: np.ndarray
    information: np.ndarray
    score_slack: np.ndarray
    log_likelihood: float | None = None
    meat: np.ndarray | None = None

    @property
    def is_rounded(self) -> bool:
        """Whether some site rounded its score."""
        return bool((self.score_slack > 0.0).any())


@dataclass(frozen=True)
class Step:
    """Where the iteration is: FINAL with the coefficients, their covariance and how far rounding may have moved each;
    NEXT with the coefficients to ask for; or NO_MAXIMUM.
    """

    state: str
    coef: np.ndarray
    covariance: np.ndarray
    moved: np.ndarray


def added(parts: Sequence[Given]) -> Given:
    """Return the sum over sites. There is a log-likelihood, or a meat, if every site gives one."""
    likelihoods = [part.log_likelihood for part in parts]
    meats = [part.meat for part in parts]
    known = [one for one in likelihoods if one is not None]
    squares = [one for one in meats if one is not None]
    return Given(
        np.sum([part.score for part in parts], axis=0),
        np.sum([part.information for part in parts], axis=0),
        np.sum([part.score_slack for part in parts], axis=0),
        float(sum(known)) if len(known) == len(parts) else None,
        np.sum(squares, axis=0) if len(squares) == len(parts) else None,
    )


def step_from(coef: np.ndarray, sums: Given, before: tuple[np.ndarray, Given] | None = None) -> Step:
    """Return what follows at ``coef``, where the sites gave ``sums``; ``before`` are the coefficients of the round
    before, and what the same sites gave there: a step that made the likelihood worse is halved.
    """
    nothing = np.full(len(coef), np.nan)
    covariance = _inverse(sums.information)
    if covariance is None:
        return Step(NO_MAXIMUM, coef, np.full((len(coef), len(coef)), np.nan), nothing)
    step = covariance @ sums.score
    moved = np.abs(covariance) @ (np.abs(sums.score) + sums.score_slack) if sums.is_rounded else np.zeros(len(coef))
    errors = np.sqrt(np.diag(covariance))
    if sums.is_rounded and (np.abs(sums.score) <= 2.0 * sums.score_slack).all():
        return Step(FINAL, coef + step, _clustered(covariance, sums.meat), moved)
    if (np.abs(step) <= NEGLIGIBLE * errors).all():
        return Step(FINAL, coef + step, _clustered(covariance, sums.meat), moved)
    if before is not None and _is_worse(sums, before[1]):
        return Step(NEXT, (coef + before[0]) / 2.0, covariance, moved)
    return Step(NEXT, coef + step, covariance, moved)


def independent(information: np.ndarray) -> list[int]:
    """Return the columns with information of their own, earlier ones first: the others do not vary within any stratum,
    or are determined by earlier ones.
    """
    scale = np.sqrt(np.maximum(np.diag(information), 0.0))
    kept: list[int] = []
    for j in range(len(scale)):
        if scale[j] <= 0.0:
            continue
        tried = [*kept, j]
        correlation = information[np.ix_(tried, tried)] / np.outer(scale[tried], scale[tried])
        if np.linalg.eigvalsh(correlation)[0] > _RANK:
            kept = tried
    return kept


def _is_worse(now: Given, before: Given) -> bool:
    if now.log_likelihood is None or before.log_likelihood is None:
        return False
    return now.log_likelihood < before.log_likelihood - BETTER * (1.0 + abs(before.log_likelihood))


def _inverse(information: np.ndarray) -> np.ndarray | None:
    """Return the inverse of a positive definite matrix; None if it is none."""
    scale = np.sqrt(np.maximum(np.diag(information), 0.0))
    if not np.isfinite(information).all() or (scale <= 0.0).any():
        return None
    correlation = information / np.outer(scale, scale)
    if np.linalg.eigvalsh(correlation)[0] <= _RANK:
        return None
    return np.asarray(np.linalg.inv(correlation) / np.outer(scale, scale))


def _clustered(covariance: np.ndarray, meat: np.ndarray | None) -> np.ndarray:
    return covariance if meat is None else covariance @ meat @ covariance
