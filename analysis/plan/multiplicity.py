"""Several contrasts tested on the same patients: p-values adjusted for their number.

Holm, Scand J Stat 1979;6:65, keeps the chance of any false finding at its level; Benjamini and Hochberg, J R Stat Soc B
1995;57:289, the expected share of false ones among the findings. Equal R's ``p.adjust``. They mislead where the
family is not what was truly looked at: contrasts tried and not reported belong to it too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from analysis.tidy import records_of, tidy

COLUMNS = [
    "endpoint",
    "level",
    "grouping",
    "cause",
    "quantity",
    "n",
    "n_events",
    "p_value",
    "n_tests",
    "p_holm",
    "p_bh",
]
COLUMNS += ["method", "note"]
METHOD = "Holm; Benjamini and Hochberg"


def holm(p_values: np.ndarray) -> np.ndarray:
    """Return Holm's adjusted p-values, in the order given; missing ones stay missing and are not counted.

    >>> holm(np.array([0.01, 0.04, np.nan, 0.03])).round(2).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    return _adjusted(p_values, lambda p, m: np.maximum.accumulate(p * (m - np.arange(m))))


def benjamini_hochberg(p_values: np.ndarray) -> np.ndarray:
    """Return Benjamini and Hochberg's adjusted p-values, in the order given; missing ones stay missing.

    >>> benjamini_hochberg(np.array([0.01, 0.04, np.nan, 0.03])).round(2).tolist()
    [0.03, 0.04, nan, 0.04]
    """
    return _adjusted(p_values, lambda p, m: np.minimum.accumulate((p * m / np.arange(1, m + 1))[::-1])[::-1])


def _adjusted(p_values: np.ndarray, rule: Callable[[np.ndarray, int], np.ndarray]) -> np.ndarray:
    found = np.full(len(p_values), np.nan)
    known = np.flatnonzero(np.isfinite(p_values))
    order = known[np.argsort(p_values[known], kind="stable")]
    found[order] = np.minimum(rule(p_values[order], len(order)), 1.0)
    return found


def adjusted(tests: pd.DataFrame, family: Sequence[str] = ("endpoint", "level", "quantity")) -> pd.DataFrame:
    """Return each row of ``tests`` with ``p_holm``, ``p_bh`` and ``n_tests``, the size of its family (COLUMNS).

    ``tests`` has the columns of ``family`` and ``p_value``; a test without a p-value is kept, unadjusted.
    """
    found = []
    for _, rows in tests.groupby(list(family), sort=False, dropna=False):
        p_values = rows["p_value"].to_numpy(dtype=float)
        own = rows.assign(p_holm=holm(p_values), p_bh=benjamini_hochberg(p_values), method=METHOD)
        found.append(own.assign(n_tests=int(np.isfinite(p_values).sum())))
    return tidy([row for table in found for row in records_of(table, COLUMNS)], COLUMNS)
