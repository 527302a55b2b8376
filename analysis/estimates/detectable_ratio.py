"""What hazard ratio a comparison of two groups can show with the events it has, and how many events a ratio needs.

Schoenfeld, Biometrics 1983;39:499: a two-sided log-rank test at level a, or the Wald test of a Cox model of the two
groups, has power b if d p (1 - p) (log HR)^2 = (z_{1-a/2} + z_b)^2, with d the events in both groups and p the share of
the subjects who are in the compared one. Time, accrual and the shape of the hazard do not enter: events are what
counts. It is an approximation near HR = 1: far from it, or with very unequal groups, the true power is a few points
less. Adjusting for a covariate that goes along with the group needs 1 / (1 - R^2) times the events, R^2 of the group on
the covariates (Hsieh and Lavori, Control Clin Trials 2000;21:552); lesions of one patient that fare alike need more as
well. Misleads if it is read as a result: a ratio that is not significant is no proof that there is none, and power for
the ratio that was found says nothing that its p-value does not.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from schemas.thresholds import ALPHA, POWER

NORMAL = NormalDist()


def smallest_ratio(n_events: float, share: float, *, alpha: float = ALPHA, power: float = POWER) -> float | None:
    """Return the smallest hazard ratio above 1 that is found with ``power``; its inverse is the largest below 1. None
    without events or without one of the groups.

    >>> round(smallest_ratio(191, 0.5), 2), smallest_ratio(0, 0.5)
    (1.5, None)
    """
    information = n_events * share * (1.0 - share)
    return math.exp(_distance(alpha, power) / math.sqrt(information)) if information > 0.0 else None


def events_needed(ratio: float, share: float, *, alpha: float = ALPHA, power: float = POWER) -> int | None:
    """Return how many events in both groups find ``ratio`` (not 1) with ``power``; None without one of the groups.

    Collett's example (Modelling Survival Data in Medical Research, chapter on sample size): log HR -0.5621, equal
    groups, power 90 %, 133.02 deaths.

    >>> events_needed(math.exp(-0.5621), 0.5, power=0.9), events_needed(2, 0.5)
    (134, 66)
    """
    spread = share * (1.0 - share)
    return math.ceil(_distance(alpha, power) ** 2 / (spread * math.log(ratio) ** 2)) if spread > 0.0 else None


def power_of(ratio: float, n_events: float, share: float, *, alpha: float = ALPHA) -> float | None:
    """Return the power to find ``ratio`` with so many events; None without events or without one of the groups. The
    chance of a significant result in the wrong direction is not counted.

    >>> round(power_of(1.5, 191, 0.5), 2)
    0.8
    """
    information = n_events * share * (1.0 - share)
    if information <= 0.0:
        return None
    return NORMAL.cdf(abs(math.log(ratio)) * math.sqrt(information) - NORMAL.inv_cdf(1.0 - alpha / 2.0))


def _distance(alpha: float, power: float) -> float:
    return NORMAL.inv_cdf(1.0 - alpha / 2.0) + NORMAL.inv_cdf(power)
