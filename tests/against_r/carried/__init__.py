"""Made-up lesions with R's figures on them, carried with the checkout, and the registry's own figures by the same
names.

Here belong `lesions.csv` (random, no patient), the programs in R with their output, and `ours`.
Not here: comparing (test_carried_figures.py), and R's own data sets, which are not carried (reference.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.estimates.gray import gray
from analysis.estimates.interval_censored import interval_censored
from analysis.estimates.logrank import logrank
from analysis.estimates.product_limit import plateau, quantile, steps
from analysis.estimates.restricted_mean import restricted_mean
from analysis.plan.multiplicity import benjamini_hochberg, holm
from analysis.regression.cox import cox
from analysis.regression.cox_fit import fit
from analysis.regression.fine_gray import fine_gray
from analysis.regression.firth import few_events
from analysis.regression.gee import gee
from analysis.regression.logistic import logistic
from analysis.regression.period_effects import time_split
from analysis.regression.proportionality import residual_rows
from analysis.regression.risk_sets import Cases, risk_sets
from analysis.regression.subgroups import subgroups
from analysis.subjects.landmark import from_landmark
from schemas.thresholds import DAYS_PER_MONTH
from tests.against_r.carried.clustered import clustered_figures
from tests.against_r.carried.curves import curve_figures
from tests.against_r.carried.scores import score_figures
from tests.against_r.carried.tested import tested_figures
from tests.against_r.carried.varying import varying_figures
from tests.against_r.carried.weighted import weighted_figures

FOLDER = Path(__file__).parent
PROGRAMS = tuple(FOLDER / f"{name}.R" for name in ("analyses", "models", "weighted", "varying", "logistic"))
"""Their output is kept in KEPT."""
KEPT = ("figures.csv", "models.csv", "weighted.csv", "varying.csv", "logistic.csv")
COVARIATES = ["kras", "diameter"]
ADJUSTED_P = np.array([0.01, 0.04, 0.03, 0.005, 0.2])


def lesions() -> pd.DataFrame:
    """193 lesions of 110 patients: months (tied), entry, event 0/1/2, the interval of LTP; days beside months."""
    frame = pd.read_csv(FOLDER / "lesions.csv")
    frame["ltp"] = (frame["event"] == 1).astype(int)
    days = {f"{name}_days": frame[name] * DAYS_PER_MONTH for name in ("left", "right")}
    return frame.assign(days=frame["time"] * DAYS_PER_MONTH, **days)


def figures() -> dict[str, float]:
    """R's figures by name, as stored."""
    return {name: value for file in KEPT for name, value in parse((FOLDER / file).read_text(encoding="utf-8")).items()}


def parse(text: str) -> dict[str, float]:
    """Lines ``name,value`` as a dictionary."""
    return {name: float(value) for name, value in (line.split(",") for line in text.split())}


def _numbered(name: str, values: object) -> dict[str, float]:
    found = np.atleast_1d(np.asarray(values, dtype=float))
    return {f"{name}.{i}" if len(found) > 1 else name: float(value) for i, value in enumerate(found, start=1)}


def _coefficients(name: str, table: pd.DataFrame) -> dict[str, float]:
    rows = table[table["coef"].notna() & (table["term"] != "(Intercept)")]
    return _numbered(f"{name}.coef", rows["coef"]) | _numbered(f"{name}.se", rows["std_error"])


def ours() -> dict[str, float]:
    """The registry's figures under R's names."""
    d = lesions()
    first = d.drop_duplicates("patient")
    found = _groups(d, first) | curve_figures(d, first) | _models(d) | _separated(d) | _plateaus()
    found |= clustered_figures(d) | score_figures(d) | weighted_figures(d) | varying_figures(d)
    found |= tested_figures(d)
    return found | _more_models(d, first) | _logistic(d, first) | _rest(first)


def _groups(d: pd.DataFrame, first: pd.DataFrame) -> dict[str, float]:
    found: dict[str, float] = {}
    area = restricted_mean(d, grouping="kras", event="ltp", windows_months=(18,)).set_index("stratum")
    for k in ("0", "1"):
        row = area[area["quantity"] == "restricted_mean_months"].loc[k]
        found |= {f"rmst.kras{k}": row["estimate"], f"rmst_se.kras{k}": row["std_error"]}
    for name, strata in (("logrank", None), ("logrank.strata", "centre")):
        found[name] = logrank(first, grouping="kras", time="time", event="ltp", strata=strata)["estimate"].iloc[0]
    by_cause = gray(first, grouping="kras", time="time")["estimate"]
    found |= {"gray.ltp": by_cause.iloc[0], "gray.death": by_cause.iloc[1]}
    return found | {"gray.centre": gray(first, grouping="centre", time="time")["estimate"].iloc[0]}


def _models(d: pd.DataFrame) -> dict[str, float]:
    table = cox(d, COVARIATES, time="time", event="ltp")
    found = _coefficients("cox", table)
    model = table.set_index("quantity")["estimate"]
    found |= {"cox.lr": model["lr_chi2"]} | _numbered("zph", [*table["ph_chi2"].dropna(), model["ph_global_chi2"]])
    found |= _coefficients("cox.cluster", cox(d, COVARIATES, time="time", event="ltp", cluster="patient"))
    table = cox(d, COVARIATES, time="time", event="ltp", strata="centre")
    of_strata = [*table["ph_chi2"].dropna(), table.set_index("quantity")["estimate"]["ph_global_chi2"]]
    found |= _coefficients("cox.strata", table) | _numbered("zph.strata", of_strata)
    table = cox(d, COVARIATES, time="time", event="ltp", entry="entry", strata="centre", cluster="patient")
    found |= _coefficients("cox.entry_strata_cluster", table)
    table = cox(d, COVARIATES, time="time", event="ltp", cluster="patient", ties="breslow")
    found |= _coefficients("cox.breslow_cluster", table)
    cases = Cases(d["time"].to_numpy(float), d["ltp"].to_numpy(), d[COVARIATES].to_numpy(float), np.ones(len(d)))
    fitted = fit(cases)
    assert fitted is not None
    rows = residual_rows(cases, fitted.coef, fitted.covariance, risk_sets(cases, fitted.coef))
    return found | _numbered("schoenfeld", (rows["residual"] ** 2).groupby(rows["column"]).sum())


def _separated(d: pd.DataFrame) -> dict[str, float]:
    """Likelihood ratios of all terms where a level, here arm c, has no event."""
    is_c = (d["patient"] % 7 == 0) & (d["ltp"] == 0)
    d = d.assign(arm=np.where(is_c, "c", np.where(d["patient"] % 2 == 0, "a", "b")), is_c=is_c)
    kinds: dict[str, dict[str, Any]] = {"cox": {}, "reference": {"references": {"arm": "c"}}}
    kinds |= {"alone": {}, "strata": {"strata": "centre"}, "entry": {"entry": "entry"}}
    kinds |= {"breslow": {"ties": "breslow"}, "exact": {"ties": "exact"}}
    found: dict[str, float] = {}
    for name, more in kinds.items():
        terms = ["is_c"] if name == "alone" else ["arm", "diameter"]
        row = cox(d, terms, time="time", event="ltp", **more).set_index("quantity").loc["lr_chi2"]
        found |= {f"separated.{name}.lr": row["estimate"], f"separated.{name}.df": row["df"]}
    for name, reference in (("arm", "a"), ("arm2", "c")):
        table = logistic(d, ["arm", "diameter"], event="ltp", references={"arm": reference}).set_index("quantity")
        found[f"separated.logistic.{name}"] = table.loc["lr_chi2", "estimate"]
    return found


def standing_at_one_half() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Times and events (0/1) of two curves that stand at one half: up to the next event, and to the last time."""
    one = np.arange(1.0, 11.0)
    return {
        "flat": (np.concatenate([one, [14.0], np.full(9, 20.0)]), np.repeat([1.0, 0.0], [11, 9])),
        "end": (np.concatenate([one, np.full(10, 20.0)]), np.repeat([1.0, 0.0], [10, 10])),
    }


def _plateaus() -> dict[str, float]:
    """Their medians. Of the second R's table gives the start."""
    found: dict[str, float] = {}
    for at, (name, (time, event)) in enumerate(standing_at_one_half().items(), start=1):
        table = steps(time, event)
        found[f"plateau.{name}"] = quantile(table, 0.5)[0]
        start = plateau(table, 0.5)
        assert start is not None
        found[f"plateau.table.{at}"] = found[f"plateau.{name}"] if start.ends_in_event else start.first
    return found


def _more_models(d: pd.DataFrame, first: pd.DataFrame) -> dict[str, float]:
    table = time_split(d, "kras", COVARIATES, event="ltp", cluster="patient", show_unreliable=True)
    found = _coefficients("period", table)
    tests = subgroups(first, "kras", ["centre"], time="time", event="ltp", show_unreliable=True)
    found["interaction"] = tests[tests["quantity"] == "interaction_chi2"]["estimate"].iloc[0]
    late, _ = from_landmark(d, time="time", landmark=3.0)
    found |= _coefficients("landmark", cox(late, COVARIATES, time="time", event="ltp"))
    return found | _coefficients("fine_gray", fine_gray(first, COVARIATES, time="time"))


def _logistic(d: pd.DataFrame, first: pd.DataFrame) -> dict[str, float]:
    scaled = first.assign(diameter=(first["diameter"] - first["diameter"].mean()) / first["diameter"].std())
    found: dict[str, float] = {}
    for by in ("profile", "firth"):
        table = few_events(scaled, COVARIATES, event="ltp", by=by)
        found |= _numbered(f"{by}.coef", table["coef"])
        for side in ("lower", "upper"):
            found |= {f"{by}.{side}.{at}": float(np.log(value)) for at, value in enumerate(table[side], start=1)}
    table = gee(d, COVARIATES, event="ltp", cluster="patient").set_index("quantity")
    for field, name in (("coef", "gee.coef"), ("std_error", "gee.se")):
        found |= _numbered(name, [table.loc["odds", field], *table.loc["odds_ratio", field]])
    return found | {"gee.alpha": table.loc["correlation", "estimate"]}


def _rest(first: pd.DataFrame) -> dict[str, float]:
    table = interval_censored(first, landmarks_months=(12, 18))
    found = _numbered("turnbull", table[table["method"].str.startswith("Turnbull")]["estimate"])
    return found | _numbered("holm", holm(ADJUSTED_P)) | _numbered("bh", benjamini_hochberg(ADJUSTED_P))
