"""Curves from midpoint-rounded counts: who was lost and who had the event by the end of each month, in classes.

The rounded counts are turned into subjects again, so that every estimate of a curve, and every test between curves, is
the registry's own computed from what leaves: it can say nothing that the counts do not say.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from schemas.disclosure import CURVE_MONTHS, Mode
from schemas.thresholds import DAYS_PER_MONTH


def midpoints(counts: np.ndarray, step: int, total: int | None = None) -> np.ndarray:
    """Return each cumulative count as the midpoint of its class: 0 alone, then 1 to `step`, and so on.

    With `total`, the count at the end that is known exactly, the last class that it would cut short is joined to the
    one before, so that no class is narrower than `step`; a single class that is cut short stands for 1 to `total`.

    >>> midpoints(np.array([0, 1, 6, 7, 12]), 6).tolist()
    [0, 3, 3, 9, 9]
    >>> midpoints(np.array([0, 1, 6, 7, 13]), 6, 13).tolist()
    [0, 3, 3, 10, 10]
    """
    counts = np.asarray(counts, dtype=int)
    number = -(-counts // step)
    low, high = (number - 1) * step + 1, number * step
    if total is not None:
        last = max(total // step, 1)
        is_last = number >= last
        low, high = np.where(is_last, (last - 1) * step + 1, low), np.where(is_last, total, high)
    return np.where(counts == 0, 0, (low + high) // 2)


def rounded_subjects(days: np.ndarray, event: np.ndarray, count: np.ndarray, mode: Mode) -> pd.DataFrame:
    """Return a group's subjects as they leave: days (ends of months), event, count.

    `event` 0 censored, 1 the event, 2 the competing one. Events and losses by each month's end are rounded to
    midpoints; the last rows are those still at risk when the curve ends, censored there: it ends with the last month
    after which more than the mode's small count are at risk for certain. Empty if that is none.
    """
    event = np.minimum(event, 2)  # death or removal: what competes is one
    n = int(count.sum())
    shown, half = mode.rounded(n), mode.curve_step // 2
    total = n if mode.rounding == 1 else None
    months = np.arange(0, int(np.ceil(days.max(initial=0.0) / (DAYS_PER_MONTH * CURVE_MONTHS))) + 1) * CURVE_MONTHS
    ends = months * DAYS_PER_MONTH
    lost = midpoints(_by(ends, days, count), mode.curve_step, total)
    causes = [
        midpoints(
            _by(ends, days[event == cause], count[event == cause]),
            mode.curve_step,
            None if total is None else int(count[event == cause].sum()),
        )
        for cause in (1, 2)
    ]
    censored = np.maximum.accumulate(np.maximum(lost - causes[0] - causes[1], 0))
    lost = censored + causes[0] + causes[1]
    stays = shown - lost - half - mode.slack > mode.small
    if not stays[:1].any():
        return _rows([], [], [])
    last = int(np.flatnonzero(np.cumprod(stays))[-1])
    steps = [np.diff(found[: last + 1], prepend=0) for found in (censored, *causes)]
    at, what, many = [], [], []
    for code, found in enumerate(steps):
        rows = np.flatnonzero(found > 0)
        at += ends[rows].tolist()
        what += [code] * len(rows)
        many += found[rows].tolist()
    return _rows([*at, float(ends[last])], [*what, 0], [*many, shown - int(lost[last])])


def _by(ends: np.ndarray, days: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Return how many have a time not later than each of `ends`."""
    order = np.argsort(days, kind="stable")
    upto = np.concatenate([[0], np.cumsum(count[order])])
    return upto[np.searchsorted(days[order], ends, side="right")].astype(int)


def _rows(days: Iterable[float], event: Iterable[int], count: Iterable[int]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "days": np.array(list(days), float),
            "event": np.array(list(event), float),
            "count": np.array(list(count), int),
        }
    )
