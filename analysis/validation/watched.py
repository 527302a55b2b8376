"""How many are still watched at a time: the Kaplan-Meier estimate of censoring.

Who is seen at a time stands for those of whom it is not known any more, so each is weighted by 1 / G, G the share that
is still watched (inverse probability of censoring). Of those who have the event and those who are censored on one day,
the former leave first: that is how prodlim, riskRegression and ``survival::concordance`` count. Misleads where who is
censored depends on the risk.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Watched:
    """The share still watched: ``share[i + 1]`` from ``times[i]`` on, ``share[0]`` (which is 1) before the first."""

    times: np.ndarray
    share: np.ndarray

    def at(self, time: np.ndarray | float) -> np.ndarray:
        """Return G(t): after those who are censored at t have left."""
        return self.share[np.searchsorted(self.times, time, side="right")]

    def before(self, time: np.ndarray | float) -> np.ndarray:
        """Return G(t-): before they have left."""
        return self.share[np.searchsorted(self.times, time, side="left")]


def watched(time: np.ndarray, event: np.ndarray, weight: np.ndarray | None = None) -> Watched:
    """Return the share still watched. ``event``: 0 censored, else an event; ``weight``: subjects per row."""
    each = np.ones(len(time)) if weight is None else weight
    times, at = np.unique(time, return_inverse=True)
    leaving = np.bincount(at, weights=each, minlength=len(times))
    return of_counts(times, leaving, np.bincount(at, weights=each * (event == 0), minlength=len(times)))


def of_counts(times: np.ndarray, leaving: np.ndarray, censored: np.ndarray) -> Watched:
    """Return the same from how many leave at each time, and how many of them are censored."""
    at_risk = np.cumsum(leaving[::-1])[::-1] - (leaving - censored)
    lost = np.divide(censored, at_risk, out=np.zeros(len(times)), where=censored > 0)
    return Watched(times, np.concatenate([[1.0], np.cumprod(1.0 - lost)]))
