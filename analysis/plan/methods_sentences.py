"""Sentences for a Methods section, one for each method of the analysis tables."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from analysis.tidy import as_float, tidy
from schemas.thresholds import EVENTS_PER_VARIABLE_UNRELIABLE, EVENTS_PER_VARIABLE_WARN, PH_ALPHA

COLUMNS = ["method", "sentence"]

# Beginning of a method's name -> its sentence. The longest one that fits is used.
SENTENCES = {
    "share, Wilson interval": "Proportions are crude shares of all evaluable subjects with Wilson 95% "
    "confidence intervals; "
    "they are not actuarial rates.",
    "share, exact": "Proportions of lesions are crude shares with exact (Clopper-Pearson) 95% confidence intervals, "
    "which take lesions for independent.",
    "largest margin seen": "The largest ablation margin with which local tumour progression was seen is given with the "
    "upper limit of the exact 95% interval of the share beyond it.",
    "crude share": "Crude shares count subjects followed for less than the stated time as failures; they are shown for "
    "comparison with published figures only and are not actuarial rates.",
    "Pearson's chi-square": "Proportions were compared with Pearson's chi-square test without continuity correction.",
    "chi-square with Yates": "Proportions were compared with the chi-square test with Yates's continuity correction.",
    "Fisher's exact test": "Proportions were compared with Fisher's exact test (two-sided).",
    "sample odds ratio": "Odds ratios of two-by-two tables are sample odds ratios with Woolf intervals.",
    "Kaplan-Meier": "Event-free survival was estimated by the Kaplan-Meier method with log-log 95% "
    "confidence intervals.",
    "reverse Kaplan-Meier": "Median follow-up was estimated by the reverse Kaplan-Meier method.",
    "Aalen-Johansen": "Where another event competes, the cumulative incidence of each event was estimated by the "
    "Aalen-Johansen method with infinitesimal-jackknife variance.",
    "restricted mean": "Restricted mean times free of the event were computed as areas under Kaplan-Meier curves with "
    "Greenwood variance, and compared by their difference.",
    "log-rank test": "Survival curves were compared with the log-rank test.",
    "Gray's test": "Cumulative incidences were compared with Gray's test.",
    "Cox": "Hazard ratios were estimated by Cox proportional-hazards models with Efron's method for "
    "ties; proportionality "
    "was tested with the score test of Grambsch and Therneau.",
    "scaled Schoenfeld residuals": "Scaled Schoenfeld residuals were plotted against time to look for hazard ratios "
    "that change.",
    "Cox, Efron ties, restricted cubic spline": "The hazard at each ablation margin was compared with that at 5 mm by "
    "a restricted cubic spline with knots fixed in advance.",
    "score test, variance clustered": "Curves of lesions were compared with the robust score test of a Cox model.",
    "Cox by period": "Hazard ratios were also estimated separately up to and after a time fixed in advance.",
    "Fine-Gray": "Subdistribution hazard ratios were estimated by the Fine-Gray model with the authors' "
    "sandwich variance.",
    "likelihood-ratio test of the interaction": "Differences in the effect between subgroups were tested with the "
    "likelihood-ratio test of the interaction term.",
    "Wald test of the interaction": "Differences in the effect between subgroups were tested with the Wald test of the "
    "interaction term, with variance clustered by patient.",
    "logistic regression, Wald interval": "Odds ratios were estimated by logistic regression with Wald intervals.",
    "logistic regression, profile": "Odds ratios were estimated by logistic regression with "
    "profile-likelihood intervals.",
    "Firth's penalised": "Because events were few, odds ratios were also estimated by Firth's penalised "
    "likelihood with "
    "penalised-profile intervals.",
    "logistic GEE": "Odds ratios per lesion were estimated by generalised estimating equations with an exchangeable "
    "working correlation within patients and robust variance.",
    "Turnbull": "Because progression is known only to lie between two examinations, event-free survival "
    "was also estimated "
    "by Turnbull's method for interval-censored data.",
    "Schoenfeld's formula": "The hazard ratio that can be found with the events so far was computed by Schoenfeld's "
    "formula.",
    "Holm": "P-values were adjusted for multiple comparisons by the methods of Holm and of Benjamini and Hochberg.",
}
# Added after the sentence if the method's name contains the key.
ADDITIONS = {
    "stratified by site": "Where stated, analyses were stratified by site: subjects are compared within sites only.",
    "variance clustered by patient": "Standard errors allow for several lesions of one patient (robust "
    "sandwich variance "
    "clustered by patient).",
    "delayed entry": "Subjects entered the risk set when observation began (delayed entry).",
}


def parts(method: str) -> tuple[str, list[str]]:
    """Return (sentence, additions) for a method's name; empty for one that needs none (counts and descriptions).

    >>> parts("Cox, Efron ties, delayed entry")[1]
    ['Subjects entered the risk set when observation began (delayed entry).']
    """
    fitting = [start for start in SENTENCES if method.startswith(start)]
    if not fitting:
        return "", []
    return SENTENCES[max(fitting, key=len)], [text for words, text in ADDITIONS.items() if words in method]


def sentence(method: str) -> str:
    """Return all that is said about one method.

    >>> sentence("Gray's test")
    "Cumulative incidences were compared with Gray's test."
    """
    base, more = parts(method)
    return " ".join([base, *more]).strip()


def methods(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return ``method`` and ``sentence`` of every method named in the tables, each once, in order of appearance."""
    return tidy([{"method": name, "sentence": sentence(name)} for name in _named(tables) if sentence(name)], COLUMNS)


def sentences(tables: Iterable[pd.DataFrame]) -> list[str]:
    """Return the sentences on the tables' methods for one paragraph: each once in the order of its first method, then
    each addition once.
    """
    found = [parts(name) for name in _named(tables)]
    more = dict.fromkeys(text for _, texts in found for text in texts)
    return [*dict.fromkeys(base for base, _ in found if base), *more]


def few_events(tables: Iterable[pd.DataFrame]) -> str:
    """Say what happened to models with few events per variable in these tables; empty if there are none."""
    at = [table for table in tables if {"events_per_variable", "estimate"} <= set(table)]
    per_variable = np.concatenate([as_float(table["events_per_variable"]) for table in at] or [np.empty(0)])
    is_shown = np.concatenate([table["estimate"].notna().to_numpy() for table in at] or [np.empty(0, bool)])
    is_few = per_variable < EVENTS_PER_VARIABLE_UNRELIABLE
    marked = f"Models with fewer than {EVENTS_PER_VARIABLE_WARN:g} events per variable are marked"
    below = f"below {EVENTS_PER_VARIABLE_UNRELIABLE:g}"
    if (is_few & is_shown).any():
        return (
            f"{marked}; {below} an estimate is shown only where a published model is repeated, and is labelled "
            "unreliable."
        )
    if is_few.any():
        return f"{marked}; {below} no estimate is shown."
    return f"{marked}." if (per_variable < EVENTS_PER_VARIABLE_WARN).any() else ""


def proportionality(tables: Iterable[pd.DataFrame]) -> str:
    """Say what the tests of proportional hazards in these tables found; empty if there are none."""
    at = [as_float(table["ph_p_value"]) for table in tables if "ph_p_value" in table]
    p_values = np.concatenate(at) if at else np.empty(0)
    p_values = p_values[np.isfinite(p_values)]
    n_small = int((p_values < PH_ALPHA).sum())
    if not len(p_values):
        return ""
    if not n_small:
        return f"No test of proportional hazards had p < {PH_ALPHA:g}."
    return f"Of {len(p_values)} tests of proportional hazards, {n_small} had p < {PH_ALPHA:g}."


def _named(tables: Iterable[pd.DataFrame]) -> list[str]:
    return list(dict.fromkeys(name for table in tables if "method" in table for name in table["method"]))
