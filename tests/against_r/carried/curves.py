"""Curves and log-rank tests of the carried lesions, of rows as deliveries have them.

Tied times, rows in reverse, whole and fractional times, events at time 0, rows that stand for several subjects, and a
group that has gone before the first event. The same inputs as in `analyses.R`.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.estimates.cumulative_incidence import incidence
from analysis.estimates.kaplan_meier import km_summary
from analysis.estimates.logrank import logrank
from analysis.estimates.product_limit import quantile, steps, survival_at

AT = (6, 12, 18, 24)
FIELDS = {"surv": "estimate", "lower": "lower", "upper": "upper", "se": "std_error", "n_risk": "n_at_risk"}


def curve_figures(d: pd.DataFrame, first: pd.DataFrame) -> dict[str, float]:
    """R's names -> the registry's figures; ``d`` has one row per lesion, ``first`` one per patient."""
    backwards = d[::-1].astype({"time": int})
    thirds, since = d.assign(time=d["time"] / 3), d.assign(time=(d["time"] - 3).clip(lower=0))
    counted = d.assign(count=1 + d["patient"] % 3)
    is_early = d["patient"] <= 3
    gone = d.assign(arm=d["centre"].mask(is_early, "gone"), time=d["time"].mask(is_early, 0.5))
    gone["ltp"] = gone["ltp"].mask(is_early, 0)

    found = _curve("km.ties", d, AT)
    found |= _curve("km.backwards", backwards[backwards["kras"] == 1], AT)
    found |= _curve("km.thirds", thirds, [at / 3 for at in AT])
    found |= _curve("km.zero", since, (0, *AT))
    found |= _curve("km.counted", counted, AT, count="count")
    found |= _curve("km.reverse", first.assign(ltp=first["event"] == 0), AT)
    reverse = km_summary(first).set_index("quantity").loc["reverse_km_median_months"]
    found |= _numbered("km.reverse.median", list(reverse[["estimate", "lower", "upper"]]))
    found |= _incidence("cif.ltp", d, 1) | _incidence("cif.death", d, 2)

    found |= _test("lesions", d, "centre") | _test("backwards", backwards, "kras") | _test("thirds", thirds, "kras")
    found |= _test("zero", since, "kras") | _test("counted", counted, "kras", count="count")
    found |= _test("gone", gone, "arm") | _test("rho", since, "kras", rho=1.0)
    return found | _test("rho_counted", counted, "kras", count="count", rho=1.0)


def _curve(name: str, rows: pd.DataFrame, at: Sequence[float], count: str | None = None) -> dict[str, float]:
    counts = rows[count].to_numpy() if count else None
    table = steps(rows["time"].to_numpy(), rows["ltp"].to_numpy(), counts)
    values = [survival_at(table, time) for time in at]
    found = {f"{name}.{of_r}.{i}": float(v[field]) for of_r, field in FIELDS.items() for i, v in enumerate(values, 1)}
    return found | _numbered(f"{name}.quartile", quantile(table, 0.25))


def _incidence(name: str, rows: pd.DataFrame, cause: int) -> dict[str, float]:
    table = incidence(rows["time"].to_numpy(float), rows["event"].to_numpy(), cause)
    values = [table[table["time"] <= at].iloc[-1] for at in AT]
    fields = {"estimate": "estimate", "se": "std_error", "lower": "lower", "upper": "upper"}
    return {f"{name}.{of_r}.{i}": float(v[field]) for of_r, field in fields.items() for i, v in enumerate(values, 1)}


def _test(name: str, rows: pd.DataFrame, grouping: str, count: str | None = None, rho: float = 0.0) -> dict[str, float]:
    """The statistic, its degrees of freedom, and the chi-square that its p-value stands for."""
    from scipy.stats import chi2

    table = logrank(rows, grouping=grouping, time="time", event="ltp", count=count, rho=rho, show_unreliable=True)
    row = table.iloc[0]
    of_p = float(chi2.isf(row["p_value"], row["df"]))
    return _numbered(f"logrank.{name}", [row["estimate"], float(row["df"]), of_p])


def _numbered(name: str, values: Sequence[float]) -> dict[str, float]:
    return {f"{name}.{i}": float(value) for i, value in enumerate(values, start=1)}
