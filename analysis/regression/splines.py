"""Restricted cubic splines: cubic between stated knots, straight beyond the first and the last.

The columns are those of Harrell (Regression Modeling Strategies, 2nd ed., 2.4.5) as R's `rms::rcs` scales them: the
value itself, and for k knots k - 2 curves over (last - first knot)^2. They span the same models as R's
`splines::ns(x, knots = inner, Boundary.knots = outer)`. Knots are stated, never found from the data: those that
libraries take by default are quantiles of distinct values, which R's are not, and would move with every night.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

FEWEST_KNOTS = 3


def restricted_cubic(values: np.ndarray, knots: Sequence[float]) -> dict[str, np.ndarray]:
    """Return the columns by name: ``linear``, ``curve 1``, ... for at least three rising knots."""
    first, *_, before, last = knots
    found = {"linear": values}
    for number, knot in enumerate(knots[:-2], start=1):
        bend = _cubed(values - knot)
        bend -= _cubed(values - before) * (last - knot) / (last - before)
        bend += _cubed(values - last) * (before - knot) / (last - before)
        found[f"curve {number}"] = bend / (last - first) ** 2
    return found


def rcs(values: Any, knots: Sequence[float]) -> Any:
    """Return the same as a formula's function gives them to formulaic, which names the columns ``rcs(...)[linear]``."""
    from formulaic.materializers.types import FactorValues

    columns: Any = restricted_cubic(np.asarray(values, dtype=float), knots)
    return FactorValues(columns, kind="numerical", spans_intercept=False, format="{name}[{field}]", encoded=False)


def _cubed(values: np.ndarray) -> np.ndarray:
    return np.asarray(np.maximum(values, 0.0) ** 3)
