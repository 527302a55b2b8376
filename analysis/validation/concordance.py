"""The C-index: of two subjects of whom it is known who had the event first, how often the score had said so.

A pair counts if one has the event while the other is still watched and free of it; a score that is equal in both counts
half. Harrell's C takes every such pair once. Where follow-up differs it also says how long people were watched, so
Uno's C (Stat Med 2011;30:1105) gives a pair the weight 1 / G(t-)^2 at its event time t, G the share still watched, up
to a time beyond which too few are. That is R's ``concordance(timewt = "n/G2")``; scikit-survival takes G(t), which
differs where somebody is censored on the day of an event (docs/decisions/0059).

The variance is the infinitesimal jackknife, each subject's share in C squared, summed by ``cluster`` before where
lesions belong to one patient: R's ``concordance(cluster = )``; G counts as known. The interval is on the logit scale,
so that it stays between 0 and 1. C ranks; it does not say whether the predicted risks are right (calibration.py), and a
good factor can move it little.

Subjects are put into the order of their times and counted by halves of halves, so a million take seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.tidy import Z_975
from analysis.validation.watched import watched

DIGITS = 10
"""Scores that differ beyond this digit, of the largest, are equal: sums of terms miss the last digits."""


@dataclass(frozen=True)
class Concordance:
    """C with its standard error, and the (weighted) pairs. NaN without a pair."""

    estimate: float
    std_error: float
    concordant: float
    discordant: float
    tied: float

    @property
    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval on the logit scale; NaN where C is exactly 0 or 1."""
        c, se = self.estimate, self.std_error
        if not (0.0 < c < 1.0 and np.isfinite(se)):
            return float("nan"), float("nan")
        logit, spread = np.log(c / (1.0 - c)), Z_975 * se / (c * (1.0 - c))
        lower, upper = (1.0 / (1.0 + np.exp(-(logit + side * spread))) for side in (-1.0, 1.0))
        return float(lower), float(upper)


def concordance(
    time: np.ndarray,
    event: np.ndarray,
    score: np.ndarray,
    *,
    weight: np.ndarray | None = None,
    cluster: np.ndarray | None = None,
    is_uno: bool = False,
    upto: float = np.inf,
) -> Concordance:
    """Return Harrell's C of ``score`` (higher: earlier), or Uno's, of the events up to ``upto``.

    ``event``: 1 the event, anything else the end of being watched. ``weight``: how many subjects a row stands for;
    ``cluster``: codes 0, 1, ... of rows that belong together.
    """
    each = np.ones(len(time)) if weight is None else weight
    is_event = event == 1
    counts = is_event & (time <= upto)
    if not counts.any():
        return Concordance(*(float("nan"),) * 2, 0.0, 0.0, 0.0)
    place = 2 * np.unique(time, return_inverse=True)[1] + ~is_event  # of one day, those censored are later
    rank = ranks(score)
    share = counts.astype(float)
    if is_uno:
        still = watched(time, is_event.astype(int), weight).before(time)
        share = np.divide(share, still**2, out=np.zeros(len(time)), where=counts & (still > 0.0))
    later = beyond(place, each)
    lower, same = sums_beyond(place, rank, each)
    pairs = [share * found for found in (lower, later - lower - same, same)]
    concordant, discordant, tied = (float(each @ found) for found in pairs)
    total = concordant + discordant + tied
    if total <= 0.0:
        return Concordance(*(float("nan"),) * 2, 0.0, 0.0, 0.0)
    estimate = (concordant + tied / 2.0) / total
    own, mirrored = each * share, place.max() - place  # now each as the later one of its pairs
    below, same = sums_beyond(mirrored, rank, own)
    above = beyond(mirrored, own) - below - same
    pairs = [now + then for now, then in zip(pairs, (above, below, same), strict=True)]
    influence = (pairs[0] + pairs[2] / 2.0 - estimate * sum(pairs)) / total
    if cluster is None:
        variance = float(each @ influence**2)
    else:
        variance = float((np.bincount(cluster, weights=each * influence) ** 2).sum())
    return Concordance(estimate, float(np.sqrt(variance)), concordant, discordant, tied)


def ranks(score: np.ndarray) -> np.ndarray:
    """Return the rank of each score from 0; equal ones, up to the last digits of a sum, have the same.

    >>> ranks(np.array([0.3, 0.1 + 0.2, 1.0])).tolist()
    [0, 0, 1]
    """
    largest = float(np.abs(score).max(initial=0.0)) or 1.0
    return np.unique(np.round(score / largest, DIGITS), return_inverse=True)[1]


def sums_beyond(place: np.ndarray, rank: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each subject the weight of those with a later place and a lower rank, and with the same rank.

    ``place``: whole numbers from 0; ``weights``: of the subjects, or several rows of them. Places are halved again and
    again; at each halving the earlier half looks at the later one, both in the order of their ranks.
    """
    lower, same = np.zeros((2, *weights.shape))
    if not len(place):
        return lower, same
    by_rank = np.argsort(rank, kind="stable")
    for bit in range(int(place.max()).bit_length()):
        block = place >> (bit + 1)
        kind = np.uint16 if block.max() < 1 << 16 else np.int64  # of 16 bits, numpy sorts by counting
        order = by_rank[np.argsort(block[by_rank].astype(kind), kind="stable")]
        is_later, block, level = (place[order] >> bit) & 1 == 1, block[order], rank[order]
        begins = np.ones((2, len(order)), dtype=bool)  # of a rank within a block, and of a block
        begins[1, 1:] = block[1:] != block[:-1]
        begins[0, 1:] = begins[1, 1:] | (level[1:] != level[:-1])
        of_rank = np.flatnonzero(begins[0])
        of_block = np.maximum.accumulate(np.where(begins[1, of_rank], np.arange(len(of_rank)), 0))
        own = np.add.reduceat(np.where(is_later, weights[..., order], 0.0), of_rank, axis=-1)
        before = np.cumsum(own, axis=-1) - own
        group, earlier = (np.cumsum(begins[0]) - 1)[~is_later], order[~is_later]
        lower[..., earlier] += (before - before[..., of_block])[..., group]
        same[..., earlier] += own[..., group]
    return lower, same


def beyond(place: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return for each subject the weight of those with a later place."""
    whole = np.cumsum(np.bincount(place, weights=weight))
    return np.asarray(whole[-1] - whole[place])
