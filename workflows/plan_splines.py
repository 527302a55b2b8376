"""Draws out the splines of a plan's Cox models: the ratio at each value, and whether the curve departs from a line."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from warehouse.cohorts.plan_form import PlannedModel
from workflows.cohort_estimates.models import FormulaRows

if TYPE_CHECKING:
    import pandas as pd

POINTS = 40
"""About how many values a curve is given at, between the outer knots."""
NICE = (1.0, 2.0, 5.0, 10.0)


def spline_rows(rows: FormulaRows, model: PlannedModel, labels: dict[str, str]) -> "list[pd.DataFrame]":
    """Return a table for each spline of the model (analysis.margin_response): the hazard ratio at each value against
    the middle knot, adjusted for the other terms, with the tests of the whole curve and of its departure from a
    straight line. A spline that is crossed with another term has no one curve, and none is given.
    """
    from analysis.regression.formula_terms import SPLINE, read_formula
    from analysis.regression.restricted_spline import spline_ratios

    found = []
    for column, knots in read_formula(model.formula, is_strict=True).splines:
        own = f"{SPLINE}({column},"
        others = [name for name in rows.covariates if not name.startswith(own)]
        if any(own in name for name in others) or any(":" in name for name in rows.covariates if own in name):
            continue
        frame = rows.frame
        if count := rows.more["count"]:
            frame = frame.loc[frame.index.repeat(frame[count])].reset_index(drop=True)
        found.append(
            spline_ratios(
                frame,
                column,
                others,
                knots=knots,
                reference=knots[len(knots) // 2],
                step=step_of(knots),
                cluster=rows.more["cluster"],
                strata=rows.more["strata"],
                entry=rows.more.get("entry"),
                subject=rows.more.get("subject"),
                references=rows.references,
                labels=labels,
                note=rows.more["note"],
            )
        )
    return found


def step_of(knots: Sequence[float]) -> float:
    """Return a round step for about POINTS values between the outer knots.

    >>> step_of([2, 5, 10]), step_of([10, 20, 90])
    (0.2, 2.0)
    """
    rough = (knots[-1] - knots[0]) / POINTS
    scale = 10.0 ** math.floor(math.log10(rough))
    return min((nice * scale for nice in NICE), key=lambda step: abs(step - rough))
