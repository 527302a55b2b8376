"""An interval with the truth beside it, as benchmarks/coverage.py counts them."""

from __future__ import annotations

from analysis.tidy import Z_975

Interval = tuple[float, float, float, float]
"""Estimate, lower, upper, truth."""


def wald(coef: float, std_error: float, value: float) -> Interval:
    """Return Wald's 95 % interval of a coefficient whose true value is ``value``."""
    return coef, coef - Z_975 * std_error, coef + Z_975 * std_error, value
