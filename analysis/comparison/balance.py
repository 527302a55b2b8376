"""How alike two groups are, before weighting and after: standardised mean differences.

(mean of the compared group - mean of the other) / s, s^2 the mean of the two groups' variances before weighting, which
also divides the difference after it, so that a smaller difference is a smaller numerator. Of a level of a category the
mean is its share p and the variance p (1 - p); of a number, the sample variance. 0.1 is the usual bound (Austin, Stat
Med 2009;28:3083). It misleads as proof of comparability: of what is not in the table it says nothing, and two groups
with equal means may differ otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.regression.design_matrix import is_numeric
from analysis.tidy import as_float, stratum_labels, stratum_order


@dataclass(frozen=True)
class Difference:
    """One number, or one level of a category, and its standardised difference; NaN where it does not vary."""

    term: str
    level: str
    before: float
    after: float


def differences(frame: pd.DataFrame, names: Sequence[str], treated: np.ndarray, weight: np.ndarray) -> list[Difference]:
    """Return the differences of the columns ``names``, nothing of which may be missing: a number as it is, of a
    category each level.
    """
    return [
        Difference(name, level, *_standardised(values, treated == 1, weight, is_share=bool(level)))
        for name in names
        for level, values in _columns(frame[name])
    ]


def _columns(values: pd.Series) -> Iterator[tuple[str, np.ndarray]]:
    if is_numeric(values):
        yield "", as_float(values)
        return
    labels = stratum_labels(values)
    for level in stratum_order(labels):
        yield level, (labels == level).astype(float)


def _standardised(values: np.ndarray, own: np.ndarray, weight: np.ndarray, *, is_share: bool) -> tuple[float, float]:
    groups = (values[own], values[~own])
    if min(map(len, groups)) < 2:
        return np.nan, np.nan
    variances = [group.mean() * (1.0 - group.mean()) if is_share else group.var(ddof=1) for group in groups]
    spread = np.sqrt(sum(variances) / 2.0)
    if spread <= 0.0:
        return np.nan, np.nan
    before = groups[0].mean() - groups[1].mean()
    after = np.average(groups[0], weights=weight[own]) - np.average(groups[1], weights=weight[~own])
    return float(before / spread), float(after / spread)
