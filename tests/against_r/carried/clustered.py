"""Figures of lesions clustered by patient, and of their margin, on the carried lesions: the same as in `analyses.R`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.estimates import clustered_curves
from analysis.estimates.rates import exact
from analysis.regression.clustered_test import clustered_test
from analysis.regression.cox import cox
from analysis.regression.fine_gray import fine_gray
from analysis.regression.restricted_spline import spline_ratios

AT = (6, 12, 18, 24)
GRID = (-3.0, 0.0, 2.0, 8.0, 12.0)


def with_margin(d: pd.DataFrame) -> pd.DataFrame:
    """The lesions with a margin made of what is there, below 5 mm or not, and the product with KRAS."""
    is_free = (d["ltp"] == 0) & (d["patient"] % 3 > 0)
    margin = (d["patient"] * 7 + d["diameter"] * 3) % 19 - 4.0 + 3.0 * is_free
    below = (margin < 5).astype(int)
    return d.assign(margin=margin, below=below, both=below * d["kras"], days=d["time"])


def clustered_figures(d: pd.DataFrame) -> dict[str, float]:
    """R's names -> the registry's figures; ``d`` has one row per lesion."""
    d = with_margin(d)
    is_below = d["below"] == 1
    found = _survival("clustered.km.all", d) | _survival("clustered.km.below", d[is_below])
    found |= _incidence("clustered.cif.at_least", d[~is_below]) | _incidence("clustered.cif.below", d[is_below])
    for name in ("below", "centre", "kras"):
        own = d.assign(event=d["ltp"])
        row = clustered_test(own, grouping=name, cluster="patient", show_unreliable=True)
        found[f"clustered.test.{name}"] = row["estimate"]
    terms = ["below", "kras", "both"]
    table = cox(d, terms, time="time", event="ltp", cluster="patient", show_unreliable=True)
    found |= _coefficients("cox.cluster_margin", table, "coef", "se")
    table = fine_gray(d, terms, time="time", cluster="patient", show_unreliable=True)
    found |= _coefficients("fine_gray", table, "coef_lesions", "cluster_se")
    for n_events, n in ((0, 30), (5, 122), (25, 64), (7, 7)):
        found |= _numbered(f"exact.{n_events}_{n}", exact(n_events, n))
    return found | _spline(d)


def _spline(d: pd.DataFrame) -> dict[str, float]:
    table = spline_ratios(
        d,
        "margin",
        ["kras"],
        knots=(0.0, 5.0, 10.0),
        reference=5.0,
        step=1.0,
        cluster="patient",
        time="time",
        event="ltp",
        show_unreliable=True,
    )
    rows = table.set_index("term_value").loc[list(GRID)]
    model = table.set_index("quantity")["estimate"]
    found = _numbered("spline.coef", rows["coef"]) | _numbered("spline.se", rows["std_error"])
    return found | {"spline.chi2": model["spline_chi2"], "spline.nonlinear": model["nonlinear_chi2"]}


def _survival(name: str, d: pd.DataFrame) -> dict[str, float]:
    table = clustered_curves.survival(*(d[c].to_numpy(float) for c in ("time", "ltp")), _codes(d))
    return _at(name, table, {"surv": "estimate", "se": "std_error", "lower": "lower", "upper": "upper"})


def _incidence(name: str, d: pd.DataFrame) -> dict[str, float]:
    table = clustered_curves.incidence(*(d[c].to_numpy(float) for c in ("time", "event")), _codes(d))
    return _at(name, table, {"estimate": "estimate", "se": "std_error", "lower": "lower", "upper": "upper"})


def _at(name: str, table: Mapping[str, np.ndarray], fields: Mapping[str, str]) -> dict[str, float]:
    places = [int(np.searchsorted(table["time"], time, side="right")) - 1 for time in AT]
    return {
        f"{name}.{of_r}.{i}": float(table[field][place])
        for of_r, field in fields.items()
        for i, place in enumerate(places, 1)
    }


def _codes(d: pd.DataFrame) -> np.ndarray:
    return np.asarray(pd.factorize(d["patient"])[0])


def _coefficients(name: str, table: pd.DataFrame, coef: str, std_error: str) -> dict[str, float]:
    rows = table[table["coef"].notna()]
    return _numbered(f"{name}.{coef}", rows["coef"]) | _numbered(f"{name}.{std_error}", rows["std_error"])


def _numbered(name: str, values: object) -> dict[str, float]:
    return {f"{name}.{i}": float(v) for i, v in enumerate(np.asarray(values, dtype=float), start=1)}
