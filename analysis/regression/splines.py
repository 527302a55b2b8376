"""Lets a formula name a restricted cubic spline: ``rcs(max_diameter_mm, [10, 20, 30])``, as R's ``rms::rcs`` does.

Knots are stated, never found from the data: those that libraries take by default are quantiles of distinct values,
which R's are not, and would move with every night. The columns are those of restricted_spline.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from analysis.regression.restricted_spline import basis

FEWEST_KNOTS = 3


def rcs(values: Any, knots: Sequence[float]) -> Any:
    """Return the columns of the spline as formulaic takes them: ``rcs(...)[linear]``, ``rcs(...)[curve 1]``, ..."""
    from formulaic.materializers.types import FactorValues

    linear, *curves = basis(np.asarray(values, dtype=float), knots).T
    columns: Any = {"linear": linear} | {f"curve {number}": curve for number, curve in enumerate(curves, start=1)}
    return FactorValues(columns, kind="numerical", spans_intercept=False, format="{name}[{field}]", encoded=False)
