"""Fits one clustered Cox model of many lesions by the library and slice by slice: memory beyond the lesions, and time.

1,500,000 made-up lesions, twelve covariates, six of them measured numbers. Each way has a process of its own; the
coefficients, their errors and the tests must agree to 1e-9. Run from the checkout: `python -m benchmarks.cox_memory`.
"""

from __future__ import annotations

import json
import sys

import numpy as np

from analysis.regression import cox_fit
from analysis.regression.risk_sets import Cases
from benchmarks.fresh_process import run_module
from benchmarks.meter import Meter

LIBRARY, SLICES = "library", "slices"
COLUMNS, SEED = 12, 20261130
LIMIT, AGREES = 0.5, 1e-9


def lesions(n: int) -> Cases:
    """Draw lesions with times in days up to 1,800."""
    rng = np.random.default_rng(SEED)
    matrix = np.empty((COLUMNS, n)).T
    for j in range(COLUMNS):
        matrix[:, j] = rng.normal(30, 10, n).round(1) if j % 2 == 0 else rng.random(n) < 0.3
    risk = matrix @ np.array([0.02, 0.3] * (COLUMNS // 2))
    days = np.ceil(rng.exponential(2000 / np.exp(risk - risk.mean())))
    ends = rng.integers(200, 1800, n)
    return Cases(np.minimum(days, ends).astype(float), (days < ends).astype(int), matrix, np.ones(n))


def fit_by(way: str, n: int) -> None:
    """Fit in this process and print what it took as JSON."""
    cases = lesions(n)
    members = cox_fit.members_of(np.arange(n), np.arange(n) // 2, np.ones(n))
    cox_fit.MANY_ROWS = 0
    cox_fit.fit(Cases(cases.time[:99], cases.event[:99], cases.matrix[:99, :2], cases.count[:99]))  # imports
    cox_fit.MANY_ROWS = 0 if way == SLICES else n
    meter = Meter()
    before = meter.read()["peak_mb"]
    found = cox_fit.fit(cases, members=members)
    assert found is not None
    cost = meter.read()
    figures = [*found.coef, *found.std_error, found.likelihood_ratio, found.wald, *found.proportionality]
    print(json.dumps({"mb": cost["peak_mb"] - before, "seconds": cost["processor_seconds"], "figures": figures}))


def main(n: int = 1_500_000) -> None:
    """Print both ways side by side."""
    by = {way: run_module("benchmarks.cox_memory", way, n) for way in (LIBRARY, SLICES)}
    for way, cost in by.items():
        print(f"{way:8} {cost['mb']:6,.0f} MB beyond the lesions, {cost['seconds']:.1f} processor s")
    apart = np.abs(np.array(by[SLICES]["figures"]) / np.array(by[LIBRARY]["figures"]) - 1.0).max()
    ratio = by[SLICES]["mb"] / by[LIBRARY]["mb"]
    print(f"figures at most {apart:.0e} apart (limit {AGREES:.0e}); memory {ratio:.2f} (limit {LIMIT})")
    sys.exit(apart > AGREES or ratio > LIMIT)


if __name__ == "__main__":
    fit_by(sys.argv[1], int(sys.argv[2])) if len(sys.argv) > 2 else main(*map(int, sys.argv[1:]))
