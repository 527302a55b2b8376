"""Computes a p-chart: the shares of a series of samples, with the limits between which they vary by chance alone.

The center is the share of all samples together; the limits of a sample of n are center +- 3 sqrt(center (1 - center) /
n), cut at 0 and 1. A share is a signal if it is beyond its limits (`beyond`), or at least the seventh in a row on one
side of the center (`run`). A share on the center ends a run. A sample of nobody has no share and ends no run.

Limits and signals are those of R's qcc 2.7 (limits.p, violating.runs; normal limits although its NEWS speaks of
binomial ones), but that a sample of nobody ends a run there. It misleads where shares vary for other reasons than
chance: where thousands of rows are counted, or where cases come in clusters, the limits are too narrow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import copysign, sqrt

from schemas.thresholds import CHART_SIGMAS, RUN_LENGTH

BEYOND, RUN = "beyond", "run"
Counted = tuple[int, int]
"""Cases with the property, and cases."""


@dataclass(frozen=True)
class Point:
    """One sample on the chart; without cases, share and limits are None. `signal` is BEYOND, RUN or ''."""

    share: float | None
    lower: float | None
    upper: float | None
    signal: str = ""


def center_of(counts: Sequence[Counted]) -> float | None:
    """Return the share of all samples together; None without a case."""
    cases = sum(n for _, n in counts)
    return sum(k for k, _ in counts) / cases if cases else None


def p_chart(counts: Sequence[Counted], center: float) -> list[Point]:
    """Return the samples, in order, on the chart with that center."""
    points: list[Point] = []
    in_a_row, side = 0, 0.0
    for k, n in counts:
        if not n:
            points.append(Point(None, None, None))
            continue
        share = k / n
        lower, upper = limits(center, n)
        now = copysign(1.0, share - center) if share != center else 0.0
        in_a_row = 0 if not now else in_a_row + 1 if now == side else 1
        side = now
        signal = BEYOND if share < lower or share > upper else RUN if in_a_row >= RUN_LENGTH else ""
        points.append(Point(share, lower, upper, signal))
    return points


def limits(center: float, n: int) -> tuple[float, float]:
    """Return the lower and upper limit of the share of `n` cases."""
    spread = CHART_SIGMAS * sqrt(center * (1 - center) / n)
    return max(0.0, center - spread), min(1.0, center + spread)
