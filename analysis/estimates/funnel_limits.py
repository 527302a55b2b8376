"""Limits of a funnel plot: the counts that a centre of n cases has by chance alone if its share is that of all.

They are exact: the smallest and the largest count that is not rarer than (1 - level) / 2 on its side, by the binomial
distribution, as R's qbinom gives them. Counts are whole, so limits are steps, and a small centre can be outside on one
side only. Neither case mix nor variation between centres beyond chance is taken into account: with many cases a centre
is outside for small differences.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Centre(NamedTuple):
    """One centre: its name, its cases with the property, and its cases."""

    name: str
    k: int
    n: int


def pooled_share(centres: Sequence[Centre]) -> float:
    """Return the share of all centres together. Raises ValueError without a case."""
    cases = sum(centre.n for centre in centres)
    if not cases:
        raise ValueError("no centre has a case")
    return sum(centre.k for centre in centres) / cases


def limits(n: Sequence[int] | np.ndarray, share: float, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Return for each number of cases the smallest and the largest count inside the limits.

    >>> lower, upper = limits([20, 100], 0.25, 0.95)
    >>> lower.tolist(), upper.tolist()
    ([1, 17], [9, 34])
    """
    from scipy.stats import binom

    tail = (1 - level) / 2
    cases = np.asarray(n)
    return tuple(binom.ppf(q, cases, share).astype(int) for q in (tail, 1 - tail))  # type: ignore[return-value]


def outside(centre: Centre, share: float, levels: Sequence[float]) -> float:
    """Return the highest of the levels whose limits the centre is outside of; 0 if it is inside all."""
    beyond = 0.0
    for level in sorted(levels):
        (lower,), (upper,) = limits([centre.n], share, level)
        if not lower <= centre.k <= upper:
            beyond = level
    return beyond
