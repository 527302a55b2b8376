"""How each main estimate moved between two releases, split into what moved it.

One factor is changed at a time, always in this order: **code or definitions** (the earlier release's rows, derived and
analysed by today's code), then **corrected data** (patients with a row that was changed, withdrawn, answered or
released from quarantine get the rows they have now, and those who left are taken out), then **new follow-up** (known
patients with added rows and no changed ones), then **new patients**. Each part is the estimate after its step minus the
one before it, so the parts add up to the whole movement. Another order would give other parts where the factors
interact; the order is fixed so that releases can be compared. A part does not measure quality: a correction may move
an estimate either way.

Estimates are rounded first and then subtracted, in decimal arithmetic, so that the printed values add up exactly.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

import pandas as pd

from analysis.plan.main_estimates import ENDPOINT, GROUPING, LANDMARK_MONTHS
from analysis.tidy import OVERALL

PARTS = ("code", "corrected", "followed", "new")
"""The factors in the order in which they are changed."""
SURVIVAL = f"survival_{LANDMARK_MONTHS}m"
SHARE_STEP, RATIO_STEP = Decimal("0.0001"), Decimal("0.001")
"""What estimates are rounded to: 0.01 percentage points, and 0.001 for ratios."""


class Figure(NamedTuple):
    """One main estimate: what it is and for whom. The stratum of a ratio is the level that is compared."""

    quantity: str
    stratum: str


FIGURES = (
    Figure("rate", OVERALL),
    Figure("rate", "wild_type"),
    Figure("rate", "mutant"),
    Figure(SURVIVAL, "wild_type"),
    Figure(SURVIVAL, "mutant"),
    Figure("hazard_ratio", "mutant"),
    Figure("odds_ratio", "mutant"),
)
_WHERE = {
    "rate": {"level": "patient"},
    SURVIVAL: {"level": "patient", "endpoint": ENDPOINT},
    "hazard_ratio": {"cohort": "all", "analysis": "multivariable", "endpoint": ENDPOINT, "term": GROUPING},
    "odds_ratio": {"cohort": "all", "analysis": "multivariable", "endpoint": "LTP", "term": GROUPING},
}


class Estimate(NamedTuple):
    """A rounded estimate (None if there is none), and the subjects and events it is based on."""

    value: Decimal | None = None
    n: int = 0
    n_events: int = 0


Estimates = Mapping[Figure, Estimate]


@dataclass(frozen=True)
class Movement:
    """How one estimate moved. `parts` has an entry per factor of PARTS, adding up to `total`; None without a split."""

    figure: Figure
    before: Estimate
    after: Estimate
    total: Decimal | None
    parts: Mapping[str, Decimal] | None


def estimates_of(tables: Iterable[pd.DataFrame]) -> dict[Figure, Estimate]:
    """Return the main estimates from analysis tables (ltp_rates, km_summary, cox, logistic) or rows of them."""
    frames = list(tables)
    found = {}
    for figure in FIGURES:
        known = (estimate for frame in frames if (estimate := _estimate(frame, figure)) is not None)
        found[figure] = next(known, Estimate())
    return found


def _estimate(frame: pd.DataFrame, figure: Figure) -> Estimate | None:
    is_ratio = figure.quantity.endswith("_ratio")
    wanted = {"quantity": figure.quantity, **_WHERE[figure.quantity]}
    if is_ratio:
        wanted["term_level"] = figure.stratum
    else:
        wanted |= {"grouping": OVERALL if figure.stratum == OVERALL else GROUPING, "stratum": figure.stratum}
    if not set(wanted) <= set(frame.columns):
        return None
    for name, text in wanted.items():
        frame = frame[frame[name] == text]
    if frame.empty:
        return None
    row = frame.iloc[0]
    return estimate_of(row, figure)


def estimate_of(row: Any, figure: Figure) -> Estimate:
    """Return a row of an analysis table (estimate, n, n_events) as the rounded estimate of that figure."""
    step = RATIO_STEP if figure.quantity.endswith("_ratio") else SHARE_STEP
    return Estimate(_rounded(row["estimate"], step), _count(row["n"]), _count(row["n_events"]))


def _rounded(value: Any, step: Decimal) -> Decimal | None:
    if pd.isna(value) or not math.isfinite(value):
        return None
    return Decimal(repr(float(value))).quantize(step)


def _count(value: Any) -> int:
    return 0 if pd.isna(value) else int(value)


def movements(
    before: Estimates,
    rederived: Estimates | None,
    corrected: Estimates | None,
    followed: Estimates | None,
    after: Estimates,
    figures: Iterable[Figure] = FIGURES,
) -> list[Movement]:
    """Return how each estimate got from ``before`` to ``after``; None for the steps between: no split, only the total.

    >>> steps = [{FIGURES[0]: Estimate(Decimal(value))} for value in ("0.20", "0.20", "0.21", "0.22", "0.19")]
    >>> movement = movements(*steps)[0]
    >>> {name: str(part) for name, part in movement.parts.items()}, str(movement.total)
    ({'code': '0.00', 'corrected': '0.01', 'followed': '0.01', 'new': '-0.03'}, '-0.01')
    """
    found = []
    for figure in figures:
        steps = [
            None if e is None else e.get(figure, Estimate()).value
            for e in (before, rederived, corrected, followed, after)
        ]
        first, last = before.get(figure, Estimate()), after.get(figure, Estimate())
        values = [value for value in steps if value is not None]
        parts = None
        if len(values) == len(steps):
            pairs = zip(values, values[1:], strict=False)
            parts = dict(zip(PARTS, (later - earlier for earlier, later in pairs), strict=True))
        total = None if first.value is None or last.value is None else last.value - first.value
        found.append(Movement(figure, first, last, total, parts))
    return found
