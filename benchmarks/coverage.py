"""How often do 95 % intervals hold the truth? Over simulated registries of the study's size with known effects.

Prints, per estimator: registries in which it could be estimated, the share whose interval holds the truth, the
Monte-Carlo margin around 95 % (1.96 standard errors), the mean error, and whether the share lies inside the margin;
then how far 1 - Kaplan-Meier with deaths censored overstates the cumulative incidence. With `--write` the figures go
into `benchmarks/coverage.csv`, from which docs/statistics.md shows them.

Three kinds of registries: patients here, lesions in coverage_of_lesions.py, and what a plan asks for in
coverage_of_plans.py. Run from the checkout: `python -m benchmarks.coverage --registries 10000` (about 0.3 s a registry
of all three); `--only` takes one kind and leaves the figures of the others in the file, `--minutes` ends each kind
early, `--patients` makes registries larger. Registry i of a seed is the same whatever the number of registries.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.estimates.cumulative_incidence import incidence
from analysis.estimates.product_limit import quantile, steps, survival_at
from analysis.estimates.rates import wilson
from analysis.estimates.restricted_mean import area
from analysis.regression.cox_fit import fit, members_of
from analysis.regression.fine_gray import _coefficients, sandwich
from analysis.regression.firth import _figures
from analysis.regression.gee import equations
from analysis.regression.risk_sets import Cases
from benchmarks import coverage_of_lesions, coverage_of_plans
from benchmarks import simulated_truth as truth
from benchmarks.intervals import Interval
from benchmarks.intervals import wald as _wald

SEED = 4711
MONTHS = 24.0
FIGURES = Path(__file__).parent / "coverage.csv"
COLUMNS = ["estimator", "kind", "registries", "nominal", "coverage", "margin", "bias", "inside"]
COLUMNS += ["first_estimate", "first_lower", "first_upper", "first_truth"]


def _cox(d: truth.Draw, *, clustered: bool | None) -> Interval | None:
    if clustered is None:
        cases = Cases(d.time, (d.cause == 1).astype(int), d.kras[:, None], np.ones(len(d.time)))
        value = truth.LOG_HR_LTP
    else:
        cases = Cases(d.lesion_time, d.lesion_event, d.kras[d.owner][:, None], np.ones(len(d.owner)))
        value = truth.LOG_HR_LTP * truth.STABLE
    members = members_of(np.arange(len(cases.time)), d.owner, cases.count) if clustered else None
    found = fit(cases, members=members, with_ph=False)
    return None if found is None else _wald(found.coef[0], found.std_error[0], value)


def _fine_gray(d: truth.Draw) -> Interval | None:
    each = np.ones(len(d.kras))
    coef = _coefficients(d.fg_time, d.fg_cause, 1, d.kras[:, None], each)
    if coef is None:
        return None
    spread = sandwich(d.fg_time, d.fg_cause, 1, d.kras[:, None], coef, each)
    return _wald(coef[0], float(np.sqrt(spread[0, 0])), truth.FG_LOG_RATIO)


def _odds(d: truth.Draw, by: str) -> Interval | None:
    found = _figures(d.kras[:, None], d.binary, np.ones(len(d.kras)), [0], by == "firth").get(0)
    if found is None:
        return None
    if by == "wald":
        return _wald(found["coef"], found["std_error"], truth.ODDS[1])
    lower, upper = (np.log(found[name]) if found[name] is not None else np.nan for name in ("lower", "upper"))
    return found["coef"], np.nan_to_num(lower, nan=-np.inf), np.nan_to_num(upper, nan=np.inf), truth.ODDS[1]


def _gee(d: truth.Draw) -> Interval | None:
    found = equations(d.kras[d.owner][:, None], d.lesion_ltp, d.owner)
    return None if found is None else _wald(found[0][1], float(np.sqrt(found[1][1, 1])), truth.ODDS[1])


def _curve(d: truth.Draw, kind: str) -> Interval | None:
    own = d.kras == 1.0
    table = steps(d.time[own], (d.cause[own] > 0).astype(float))
    if kind == "area":
        mean, spread, reason = area(table, MONTHS)
        return None if reason else _wald(mean, spread, truth.mean_free(MONTHS, True))
    if kind == "median":
        value = np.log(2.0) / sum(truth.hazards(True))
        estimate, lower, upper = quantile(table, 0.5)
        return None if np.isnan(estimate) else (estimate, lower, np.nan_to_num(upper, nan=np.inf), value)
    at = survival_at(table, 12.0)
    return None if at["estimate"] is None else (at["estimate"], at["lower"], at["upper"], truth.free_at(12.0, True))


def _difference(d: truth.Draw) -> Interval | None:
    parts = [area(steps(d.time[d.kras == k], (d.cause[d.kras == k] > 0).astype(float)), MONTHS) for k in (0.0, 1.0)]
    if any(reason for _, _, reason in parts):
        return None
    value = truth.mean_free(MONTHS, True) - truth.mean_free(MONTHS, False)
    return _wald(parts[1][0] - parts[0][0], float(np.hypot(parts[0][1], parts[1][1])), value)


def _incidence(d: truth.Draw) -> Interval | None:
    own = d.kras == 1.0
    if d.time[own].max() < 12.0:
        return None
    table = incidence(d.time[own], d.cause[own], 1)
    row = table.iloc[int(np.searchsorted(table["time"], 12.0, side="right")) - 1]
    return row["estimate"], row["lower"], row["upper"], truth.incidence_at(12.0, True)


def _share(d: truth.Draw) -> Interval:
    k, n = int(d.binary.sum()), len(d.binary)
    odds = [1.0 / (1.0 + np.exp(-(truth.ODDS[0] + truth.ODDS[1] * x))) for x in (0.0, 1.0)]
    return k / n, *wilson(k, n), odds[0] * (1.0 - truth.MUTANT) + odds[1] * truth.MUTANT


ESTIMATORS: dict[str, Callable[[truth.Draw], Interval | None]] = {
    "Kaplan-Meier at 12 months, log-log interval": lambda d: _curve(d, "rate"),
    "median, from the log-log interval": lambda d: _curve(d, "median"),
    "restricted mean to 24 months": lambda d: _curve(d, "area"),
    "difference of restricted means": _difference,
    "cumulative incidence at 12 months": _incidence,
    "Cox, cause-specific": lambda d: _cox(d, clustered=None),
    "Cox of lesions, clustered by patient": lambda d: _cox(d, clustered=True),
    "Cox of lesions, taken for independent": lambda d: _cox(d, clustered=False),
    "Fine-Gray": _fine_gray,
    "logistic, Wald": lambda d: _odds(d, "wald"),
    "logistic, profile likelihood": lambda d: _odds(d, "profile"),
    "logistic, Firth": lambda d: _odds(d, "firth"),
    "logistic GEE of lesions": _gee,
    "share, Wilson": _share,
}


KINDS: dict[str, tuple[Callable[[np.random.Generator], Any], dict[str, Callable[[Any], Interval | None]]]] = {
    "patients": (truth.draw, ESTIMATORS),
    "lesions": (coverage_of_lesions.draw, coverage_of_lesions.ESTIMATORS),
    "plans": (coverage_of_plans.draw, coverage_of_plans.ESTIMATORS),
}
"""How registries of a kind are drawn, and what is estimated in them."""
OTHER_NOMINAL = {name: 0.975 for name in coverage_of_lesions.UPPER_LIMITS}


def registry(kind: str, i: int) -> Any:
    """Return registry ``i`` of a kind."""
    return KINDS[kind][0](
        np.random.default_rng([SEED, i] if kind == "patients" else [SEED, i, list(KINDS).index(kind)])
    )


def one_minus_km(d: truth.Draw) -> tuple[float, float]:
    """At 24 months in KRAS mutant: 1 - Kaplan-Meier of LTP with deaths censored, and the cumulative incidence."""
    own = d.kras == 1.0
    at = survival_at(steps(d.time[own], (d.cause[own] == 1).astype(float)), MONTHS, extend=True)["estimate"]
    table = incidence(d.time[own], d.cause[own], 1)
    return 1.0 - at, float(table["estimate"].iloc[int(np.searchsorted(table["time"], MONTHS, side="right")) - 1])


def coverage(kind: str, registries: int, minutes: float | None = None) -> pd.DataFrame:
    """Simulate registries of a kind, estimate, and count which intervals hold the truth (COLUMNS)."""
    estimators = KINDS[kind][1]
    tally = {name: [0, 0, 0.0] for name in estimators}
    first: dict[str, Interval] = {}
    overstated: list[tuple[float, float]] = []
    start = time.perf_counter()
    for i in range(registries):
        if minutes is not None and time.perf_counter() - start > 60.0 * minutes:
            break
        d = registry(kind, i)
        for name, estimate in estimators.items():
            found = estimate(d)
            if found is None or not np.isfinite(found[0]):
                continue
            value, lower, upper, true = found
            first.setdefault(name, found)
            tally[name][0] += 1
            tally[name][1] += lower <= true <= upper
            tally[name][2] += value - true
        if kind == "patients":
            overstated.append(one_minus_km(d))
    rows: list[list[Any]] = []
    for name, (n, held, error) in tally.items():
        nominal = OTHER_NOMINAL.get(name, 0.95)
        margin, share = (1.96 * np.sqrt(nominal * (1.0 - nominal) / n), held / n) if n else (np.nan, np.nan)
        figures = [n, nominal, share, margin, error / n if n else np.nan, abs(share - nominal) <= margin]
        rows.append([name, kind, *figures, *first.get(name, (np.nan,) * 4)])
    if overstated:
        names = ("1 - Kaplan-Meier at 24 months, deaths censored", "cumulative incidence at 24 months")
        bias = np.mean(overstated, axis=0) - truth.incidence_at(MONTHS, True)
        for name, error in zip(names, bias, strict=True):
            rows.append([name, kind, len(overstated), np.nan, np.nan, np.nan, error, "", *(np.nan,) * 4])
    print(f"{kind}: {time.perf_counter() - start:.0f} s")
    return pd.DataFrame(rows, columns=COLUMNS)


def main(registries: int, minutes: float | None, write: bool, only: str | None) -> None:
    """Simulate, estimate, count, print; keep the other kinds' figures in the file."""
    found = {kind: coverage(kind, registries, minutes) for kind in ([only] if only else KINDS)}
    for table in found.values():
        print(table[COLUMNS[:1] + COLUMNS[2:8]].round(4).to_string(index=False))
    if write:
        kept = pd.read_csv(FIGURES)
        tables = [found[kind] if kind in found else kept[kept["kind"] == kind] for kind in KINDS]
        pd.concat(tables, ignore_index=True).round(6).to_csv(FIGURES, index=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--registries", type=int, default=10_000)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--patients", type=int, default=truth.N_PATIENTS)
    parser.add_argument("--only", choices=list(KINDS))
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    truth.N_PATIENTS = asked.patients
    main(asked.registries, asked.minutes, asked.write, asked.only)
