"""The sentence for a Methods section, for each method of the analysis tables.

Here belong the sentences and which one a method's name stands for. Not here: formulas (each estimator's own module).
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from analysis.tidy import tidy

COLUMNS = ["method", "sentence"]

# Beginning of a method's name -> its sentence. The longest beginning that fits counts.
SENTENCES = {
    "share, Wilson interval": "Proportions are crude shares of all evaluable subjects with Wilson 95% "
    "confidence intervals; "
    "they are not actuarial rates.",
    "crude share": "Crude shares count subjects followed for less than the stated time as failures; they are shown for "
    "comparison with published figures only and are not actuarial rates.",
    "Pearson's chi-square": "Proportions were compared with Pearson's chi-square test without continuity correction.",
    "chi-square with Yates": "Proportions were compared with the chi-square test with Yates's continuity correction.",
    "Fisher's exact test": "Proportions were compared with Fisher's exact test (two-sided).",
    "sample odds ratio": "Odds ratios of two-by-two tables are sample odds ratios with Woolf intervals.",
    "Kaplan-Meier": "Event-free survival was estimated by the Kaplan-Meier method with log-log 95% "
    "confidence intervals.",
    "reverse Kaplan-Meier": "Median follow-up was estimated by the reverse Kaplan-Meier method.",
    "Aalen-Johansen": "The cumulative incidence of local tumour progression was estimated by the "
    "Aalen-Johansen method, with "
    "death as a competing event and infinitesimal-jackknife variance.",
    "restricted mean": "Restricted mean times free of the event were computed as areas under Kaplan-Meier curves with "
    "Greenwood variance, and compared by their difference.",
    "log-rank test": "Survival curves were compared with the log-rank test.",
    "Gray's test": "Cumulative incidences were compared with Gray's test.",
    "Cox": "Hazard ratios were estimated by Cox proportional-hazards models with Efron's method for "
    "ties; proportionality "
    "was tested with the score test of Grambsch and Therneau.",
    "scaled Schoenfeld residuals": "Scaled Schoenfeld residuals were drawn against time to look for hazard ratios that "
    "change.",
    "Cox by period": "Where hazards were not proportional, hazard ratios were estimated separately up to "
    "and after a time fixed "
    "in advance.",
    "Fine-Gray": "Subdistribution hazard ratios were estimated by the Fine-Gray model with the authors' "
    "sandwich variance.",
    "likelihood-ratio test of the interaction": "Differences of the effect between subgroups were tested with the "
    "likelihood-ratio test of the interaction term.",
    "Wald test of the interaction": "Differences of the effect between subgroups were tested with the Wald test of the "
    "interaction term, on variance clustered by patient.",
    "logistic regression, Wald interval": "Odds ratios were estimated by logistic regression with Wald intervals.",
    "logistic regression, profile": "Odds ratios were estimated by logistic regression with "
    "profile-likelihood intervals.",
    "Firth's penalised": "Because events were few, odds ratios were also estimated by Firth's penalised "
    "likelihood with "
    "penalised-profile intervals.",
    "logistic GEE": "Odds ratios of lesions were estimated by generalised estimating equations with an exchangeable "
    "working correlation within patients and robust variance.",
    "Turnbull": "Because progression is known only to lie between two examinations, event-free survival "
    "was also estimated "
    "by Turnbull's method for interval-censored data.",
    "Holm": "P-values of several contrasts were adjusted by the methods of Holm and of Benjamini and Hochberg.",
}
# Said after the sentence where the method's name says so.
ADDITIONS = {
    "stratified by": "Analyses were stratified where stated.",
    "variance clustered by patient": "Standard errors allow for several lesions of one patient (robust "
    "sandwich variance "
    "clustered by patient).",
    "delayed entry": "Subjects entered the risk set when observation began (delayed entry).",
}


def sentence(method: str) -> str:
    """The sentence of a method's name; empty for one that needs none (counts and descriptions).

    >>> sentence("Gray's test")
    "Cumulative incidences were compared with Gray's test."
    """
    fitting = [start for start in SENTENCES if method.startswith(start)]
    if not fitting:
        return ""
    more = [text for words, text in ADDITIONS.items() if words in method]
    return " ".join([SENTENCES[max(fitting, key=len)], *more])


def methods(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """``method`` and ``sentence`` of every method named in the tables, in the order they appear, each once."""
    seen = dict.fromkeys(name for table in tables if "method" in table for name in table["method"])
    return tidy([{"method": name, "sentence": sentence(name)} for name in seen if sentence(name)], COLUMNS)
