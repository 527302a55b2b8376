"""Every figure of the registry beside R's, one by one: what test_compare.py asserts and docs/statistics.md counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from analysis.estimates.cumulative_incidence import incidence
from analysis.estimates.gray import gray
from analysis.estimates.logrank import logrank
from analysis.estimates.product_limit import quantile, steps, survival_at
from analysis.estimates.rates import compare
from analysis.estimates.restricted_mean import area
from analysis.regression.cox import cox
from analysis.regression.fine_gray import fine_gray
from analysis.regression.gee import gee
from analysis.regression.logistic import logistic
from tests.against_r import carried
from tests.against_r.reference import DATA_SETS, REFERENCE, group, load

OWN = "own code"
CURVE, SPREAD = "Kaplan-Meier estimate, log-log limits", "Kaplan-Meier standard error, numbers at risk"
INCIDENCE = "cumulative incidence with standard error and limits"
QUANTILES = "quantiles with limits"
CLUSTERED_CURVE = "Kaplan-Meier, clustered standard error and limits"
CLUSTERED_INCIDENCE = "cumulative incidence, clustered standard error and limits"
C_INDEX, AT_A_TIME = "C-index (Harrell, Wolbers, Uno), standard error, pairs", "area under the curve, Brier score"
LOGRANK, WEIGHTED = "log-rank", "log-rank, stratified or weighted by S(t-)"
LATE, LATE_TEST = "Kaplan-Meier and cumulative incidence with delayed entry", "log-rank with delayed entry"
TREATED_CURVE, TREATED = (
    "weighted Kaplan-Meier, robust standard error and limits",
    "weighted Cox, coefficient and robust standard error",
)
PROPENSITY = "propensity score, balance, effective sample size, E-value"
VARYING, CHANGING = "Cox model with time-varying covariates", "test of proportional subdistribution hazards"
LOGISTIC_TEST = "logistic model: AUC, Brier score, calibration, optimism"
FIRTH_COX = "Firth's Cox model, estimate, test and limits"


class Pair(NamedTuple):
    """One figure twice. ``scale`` is what a difference is measured by where it is larger than R's figure: the standard
    error of a coefficient."""

    figure: str
    data_set: str
    ours: float
    theirs: float
    scale: float = 0.0

    @property
    def deviation(self) -> float:
        """The difference relative to R's figure, or to the scale if that is larger."""
        return abs(self.ours - self.theirs) / max(abs(self.theirs), self.scale, 1e-300)


# Figure -> who makes it, in the order of the page.
MADE_BY = {
    CURVE: OWN,
    SPREAD: OWN,
    QUANTILES: OWN,
    "median of a curve that stands at one half": OWN,
    "restricted mean": OWN,
    "restricted mean, standard error": OWN,
    LOGRANK: OWN,
    WEIGHTED: OWN,
    INCIDENCE: OWN,
    CLUSTERED_CURVE: OWN,
    CLUSTERED_INCIDENCE: OWN,
    "clustered test between curves": OWN,
    LATE: OWN,
    LATE_TEST: OWN,
    "Gray's test": OWN,
    "Cox coefficient": "SurPyval",
    "Cox model standard error": "SurPyval",
    "Cox likelihood ratio": "SurPyval",
    "likelihood ratio with a level without events": "SurPyval, statsmodels; null: " + OWN,
    "Cox clustered standard error": OWN,
    VARYING: "SurPyval; rows, clusters, proportional hazards: " + OWN,
    "proportional hazards test": OWN,
    "proportional hazards test, strata": OWN,
    "Schoenfeld residuals": OWN,
    "effects by period": "SurPyval; variance: " + OWN,
    "interaction test": "SurPyval",
    "landmark Cox": "SurPyval",
    "Fine-Gray coefficient": "SurPyval",
    "Fine-Gray standard error": OWN,
    "Fine-Gray clustered standard error": OWN,
    CHANGING: OWN,
    FIRTH_COX: "firthmodels",
    PROPENSITY: "statsmodels; " + OWN,
    TREATED_CURVE: OWN,
    TREATED: OWN,
    "restricted cubic spline, ratios and tests": "basis and variance: " + OWN + "; SurPyval",
    "logistic coefficient and standard error": "statsmodels",
    "profile-likelihood limits": "firthmodels",
    "Firth estimate and limits": "firthmodels",
    "GEE coefficient": OWN,
    "GEE standard error": OWN,
    "GEE correlation": OWN,
    "Turnbull": "SurPyval",
    "Pearson, Yates, Fisher, odds ratio": "scipy (Fisher); " + OWN,
    "exact interval of a share": "scipy",
    "Holm, Benjamini-Hochberg": OWN,
    C_INDEX: OWN,
    "slope of a score": "SurPyval; variance: " + OWN,
    AT_A_TIME: OWN,
    "calibration in groups": OWN,
    "net benefit": OWN,
    "predicted risk": "SurPyval; baseline: " + OWN,
    "optimism of C-index and slope": OWN,
    LOGISTIC_TEST: "statsmodels; lesions, figures: " + OWN,
}
_CARRIED = {
    **dict.fromkeys(("weighted.km", "weighted.km_clustered"), TREATED_CURVE),
    **dict.fromkeys(("weighted.cox", "weighted.crude"), TREATED),
    **dict.fromkeys(("weighted", "e_value"), PROPENSITY),
    **dict.fromkeys(("entry.km", "entry.cif"), LATE),
    "entry.logrank": LATE_TEST,
    "changing": CHANGING,
    "varying": VARYING,
    "tested": LOGISTIC_TEST,
    "firth_cox": FIRTH_COX,
    "rmst_se": "restricted mean, standard error",
    "rmst": "restricted mean",
    "cif": INCIDENCE,
    **dict.fromkeys(("logrank.strata", "logrank.rho", "logrank.rho_counted"), WEIGHTED),
    "logrank": LOGRANK,
    "gray": "Gray's test",
    "zph.strata": "proportional hazards test, strata",
    "zph": "proportional hazards test",
    "schoenfeld": "Schoenfeld residuals",
    "period": "effects by period",
    "interaction": "interaction test",
    "landmark": "landmark Cox",
    "clustered.km": CLUSTERED_CURVE,
    "clustered.cif": CLUSTERED_INCIDENCE,
    "clustered.test": "clustered test between curves",
    "fine_gray.cluster_se": "Fine-Gray clustered standard error",
    "spline": "restricted cubic spline, ratios and tests",
    "exact": "exact interval of a share",
    **dict.fromkeys(("fine_gray.coef", "fine_gray.coef_lesions"), "Fine-Gray coefficient"),
    "fine_gray.se": "Fine-Gray standard error",
    "profile": "profile-likelihood limits",
    "firth": "Firth estimate and limits",
    "gee.coef": "GEE coefficient",
    "gee.se": "GEE standard error",
    "gee.alpha": "GEE correlation",
    "turnbull": "Turnbull",
    **dict.fromkeys(("holm", "bh"), "Holm, Benjamini-Hochberg"),
    "cox.lr": "Cox likelihood ratio",
    "separated": "likelihood ratio with a level without events",
    "plateau": "median of a curve that stands at one half",
    **dict.fromkeys(("harrell", "harrell_clustered", "wolbers", "uno", "uno_upto"), C_INDEX),
    "slope": "slope of a score",
    **dict.fromkeys(("auc", "brier"), AT_A_TIME),
    **dict.fromkeys(("observed_1", "observed_2", "observed_3"), "calibration in groups"),
    "net_benefit": "net benefit",
    "predicted": "predicted risk",
    "optimism": "optimism of C-index and slope",
}


def carried_pairs(theirs: dict[str, float]) -> Iterator[Pair]:
    """The pairs on the carried lesions, R's figures given by name."""
    ours = carried.ours()
    assert set(ours) == set(theirs)
    for name, value in theirs.items():
        yield Pair(_figure(name), "carried lesions", ours[name], value)


def _figure(name: str) -> str:
    for start, figure in _CARRIED.items():
        if name == start or name.startswith(f"{start}."):
            return figure
    if name.startswith("km."):
        part = name.split(".")[2]
        return CURVE if part in ("surv", "lower", "upper") else SPREAD if part in ("se", "n_risk") else QUANTILES
    assert name.startswith("cox."), name
    if ".se." in name:
        return "Cox clustered standard error" if "cluster" in name else "Cox model standard error"
    return "Cox coefficient"


def reference_pairs() -> Iterator[Pair]:
    """The pairs on R's own data sets; only where the folder is there."""
    for name in DATA_SETS:
        data, analyses = load(name)
        for theirs in analyses:
            make = _KINDS.get(theirs["kind"])
            if make is not None:
                yield from (pair for pair in make(name, data, theirs) if np.isfinite(pair.theirs))


def _curve(data: pd.DataFrame, a: dict[str, Any]) -> pd.DataFrame:
    return steps(data[a["time"]].to_numpy(float), data[a["event"]].to_numpy(float))


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _at(estimate: float, fields: dict[str, str]) -> dict[str, str]:
    """Where the estimate is exactly 0 or 1, it alone: R's limits have no width there, and ours are null."""
    return {"estimate": fields["estimate"]} if estimate in (0.0, 1.0) else fields


def _kaplan_meier(name: str, data: pd.DataFrame, a: dict[str, Any]) -> Iterator[Pair]:
    if a["conf_type"] != "log-log":
        return
    fields = {"estimate": "surv", "lower": "lower", "upper": "upper", "std_error": "std_err", "n_at_risk": "n_risk"}
    for theirs in a["groups"]:
        table = _curve(group(data, theirs["group"]), a)
        for i, time in enumerate(theirs["time"]):
            found = survival_at(table, time, extend=True)
            for field, of_r in _at(found["estimate"], fields).items():
                figure = SPREAD if field in ("std_error", "n_at_risk") else CURVE
                yield Pair(figure, name, _number(found[field]), _number(theirs[of_r][i]))
        for i, probability in enumerate(theirs["quantile_probs_of_event"]):
            for value, field in zip(
                quantile(table, probability), ("quantile", "quantile_lower", "quantile_upper"), strict=True
            ):
                yield Pair(QUANTILES, name, value, _number(theirs[field][i]))


def _restricted(name: str, data: pd.DataFrame, a: dict[str, Any]) -> Iterator[Pair]:
    for theirs in a["groups"]:
        mean, std_error, _ = area(_curve(group(data, theirs["group"]), a), a["tau"])
        yield Pair("restricted mean", name, mean, theirs["rmst"])
        yield Pair("restricted mean, standard error", name, std_error, theirs["se"])


def _logrank(name: str, data: pd.DataFrame, a: dict[str, Any]) -> Iterator[Pair]:
    named = {"grouping": a["group_column"], "time": a["time"], "event": a["event"]}
    found = logrank(data, **named, strata=a["strata"], rho=a["rho"], show_unreliable=True)
    figure = WEIGHTED if a["strata"] or a["rho"] else LOGRANK
    yield Pair(figure, name, found["estimate"].iloc[0], a["chisq"])


def _incidence(name: str, data: pd.DataFrame, a: dict[str, Any]) -> Iterator[Pair]:
    causes = {"pcm": 1, "death": 2}
    fields = {"estimate": "cif", "std_error": "se_infinitesimal_jackknife", "lower": "lower_log", "upper": "upper_log"}
    for theirs in a["survival_survfit"]:
        own = group(data, theirs["group"])
        for curve in theirs["causes"]:
            table = incidence(own["etime"].to_numpy(float), own["cause"].to_numpy(), causes[curve["cause"]])
            for i, time in enumerate(theirs["time"]):
                row = table.iloc[int(np.searchsorted(table["time"], time, side="right")) - 1]
                for field, of_r in _at(row["estimate"], fields).items():
                    yield Pair(INCIDENCE, name, row[field], _number(curve[of_r][i]))
    if "gray_test" in a:
        table = gray(data, grouping=a["group_column"], time="etime", event="cause")
        for ours, theirs in zip(table["estimate"], a["gray_test"], strict=True):
            yield Pair("Gray's test", name, ours, theirs["chisq"])


def _bladder(name: str, data: pd.DataFrame, a: dict[str, Any]) -> pd.DataFrame:
    if name != "bladder" or a["cluster"] is None:
        return data
    return pd.read_csv(REFERENCE / ("bladder2.csv" if a["entry"] else "bladder.csv"))


def _cox(name: str, data: pd.DataFrame, a: dict[str, Any]) -> Iterator[Pair]:
    data = _bladder(name, data, a)
    terms = [term.strip() for term in a["formula"].split("~")[1].split("+")]
    strata = [term[len("strata(") : -1] for term in terms if term.startswith("strata(")]
    covariates = [term for term in terms if not term.startswith("strata(")]
    named = {"time": a["time"], "event": a["event"], "entry": a["entry"], "cluster": a["cluster"], "ties": a["ties"]}
    references = {"rx": "Obs"} if name == "colon_death" else None
    one = strata[0] if strata else None
    table = cox(data, covariates, **named, strata=one, references=references, show_unreliable=True)
    assert (table["n"] == a["n"]).all() and (table["n_events"] == a["n_event"]).all(), (name, a["formula"])
    ratios = table[table["quantity"] == "hazard_ratio"]
    ratios = ratios.set_index(ratios["term"] + ratios["term_level"])
    model = table.set_index("quantity")["estimate"]
    for term in a["terms"]:
        row, is_robust = ratios.loc[term["term"]], term["se_robust"] is not None
        spread = term["se_robust"] if is_robust else term["se_model"]
        yield Pair("Cox coefficient", name, row["coef"], term["coef"], term["se_model"])
        yield Pair(f"Cox {'clustered' if is_robust else 'model'} standard error", name, row["std_error"], spread)
    if "lr_chi2" in model:
        yield Pair("Cox likelihood ratio", name, model["lr_chi2"], a["lr_test"]["chisq"])
    for zph in a.get("cox_zph", []):
        if zph["transform"] == "km":
            figure = "proportional hazards test" + (", strata" if one else "")
            for term, chisq in zip(zph["terms"], zph["chisq"], strict=True):
                ours = model["ph_global_chi2"] if term == "GLOBAL" else ratios.loc[term, "ph_chi2"]
                yield Pair(figure, name, ours, chisq)


def _fine_gray(name: str, data: pd.DataFrame, a: dict[str, Any]) -> Iterator[Pair]:
    cause = {"pcm": 1, "death": 2}[a["cause"]]
    table = fine_gray(data, a["covariates"], time="etime", event="cause", cause=cause).set_index("term")
    for term in a["crr"]:
        row = table.loc[term["term"]]
        yield Pair("Fine-Gray coefficient", name, row["coef"], term["coef"], term["se"])
        yield Pair("Fine-Gray standard error", name, row["std_error"], term["se"])


def _logistic(name: str, data: pd.DataFrame, a: dict[str, Any]) -> Iterator[Pair]:
    outcome, right = (side.strip() for side in a["formula"].split("~"))
    covariates = [term.strip() for term in right.split("+")]
    table = logistic(data, covariates, event=outcome, references={"rx": "Obs"} if name == "colon_death" else None)
    rows = table.set_index(table["term"] + table["term_level"])
    for term in a["terms"]:
        for field, of_r in (("coef", "coef"), ("std_error", "se")):
            pair = rows.loc[term["term"], field], term[of_r], term["se"]
            yield Pair("logistic coefficient and standard error", name, *pair)


def _gee(name: str, data: pd.DataFrame, a: dict[str, Any]) -> Iterator[Pair]:
    if a["corstr"] != "exchangeable":
        return
    outcome, right = (side.strip() for side in a["formula"].split("~"))
    table = gee(data, [term.strip() for term in right.split("+")], event=outcome, cluster=a["id"])
    rows = table.set_index("term")
    for term in a["terms"]:
        yield Pair("GEE coefficient", name, rows.loc[term["term"], "coef"], term["coef"], term["robust_se"])
        yield Pair("GEE standard error", name, rows.loc[term["term"], "std_error"], term["robust_se"])
    yield Pair("GEE correlation", name, table.set_index("quantity").loc["correlation", "estimate"], a["alpha"])


def _contingency(name: str, data: pd.DataFrame, a: dict[str, Any]) -> Iterator[Pair]:
    counts = [(level, row[1], sum(row)) for level, row in zip(a["row_levels"], a["counts"], strict=True)]
    found = {row["quantity"]: row for row in compare(counts)}
    figures = [(found["pearson_chi2"]["estimate"], a["chi2"])]
    if len(counts) == 2:
        figures.append((found["yates_chi2"]["estimate"], a["chi2_yates"]))
        figures.append((found["fisher_exact"]["p_value"], a["fisher_p"]))
        figures.append((found["odds_ratio"]["estimate"], a["sample_or"]))
    for ours, theirs in figures:
        yield Pair("Pearson, Yates, Fisher, odds ratio", name, ours, _number(theirs))


_KINDS = {
    "kaplan_meier": _kaplan_meier,
    "rmst": _restricted,
    "logrank": _logrank,
    "g_rho_weighted_logrank": _logrank,
    "cumulative_incidence": _incidence,
    "coxph": _cox,
    "fine_gray": _fine_gray,
    "logistic": _logistic,
    "gee_logistic": _gee,
    "contingency": _contingency,
}
