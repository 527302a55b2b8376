"""Would another reasonable analysis have said the same? The main contrast, KRAS, by other methods.

Effects by period are shown of KRAS and of every term whose hazards the main Cox model does not find proportional (p
below PH_ALPHA). The cut at 12 months is fixed beforehand; that a term was chosen by its test of proportionality makes
the difference between its periods no second proof.

Here belongs which sensitivity analyses a refresh runs. Not here: the methods themselves, and leaving out patients that
quality marks (quality_sensitivity.py).
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.cohorts import COUNT, Registry
from analysis.cox import cox
from analysis.few_events import few_events
from analysis.interval_censored import interval_censored
from analysis.landmark import from_landmark
from analysis.main_estimates import GROUPING
from analysis.models import LOGISTIC_MODELS, REFERENCES, STUDY_COVARIATES
from analysis.proportionality import PH_ALPHA
from analysis.tidy import OVERALL, records_of, tidy
from analysis.time_split import time_split

COLUMNS = ["variant", "endpoint", "level", "grouping", "stratum", "model", "cohort", "analysis", "term", "term_level"]
COLUMNS += ["reference", "period", "n", "n_events", "quantity", "estimate", "lower", "upper", "df", "p_value"]
COLUMNS += ["events_per_variable", "ph_chi2", "ph_p_value", "method", "note"]


def sensitivity(registry: Registry) -> pd.DataFrame:
    """Few events (profile, Firth), 90-day landmark, effects before and after 12 months, and interval censoring."""
    status, subjects = registry.ltp_status("patient"), registry.subjects("LTPFS_STUDY", "patient")
    shared: dict[str, Any] = {"count": COUNT, "references": REFERENCES, "show_unreliable": True}
    labels = {"level": "patient", "cohort": "all", "analysis": "multivariable"}
    odds, hazard = labels | {"endpoint": "LTP", "model": LOGISTIC_MODELS[0].name}, labels | {"endpoint": "LTPFS_STUDY"}
    late, note = from_landmark(subjects, count=COUNT)
    found = [
        ("few events", few_events(status, STUDY_COVARIATES, event="ltp", by=by, labels=_of(odds, by), **shared))
        for by in ("profile", "firth")
    ]
    landmark = cox(late, STUDY_COVARIATES, labels=hazard | {"model": "landmark_90d"}, note=note, **shared)
    found.append(("landmark 90 days", landmark[landmark["quantity"] == "hazard_ratio"]))
    labels = hazard | {"model": "by_period"}
    for term in _changing(cox(subjects, STUDY_COVARIATES, **shared)):
        found.append(("effects by period", time_split(subjects, term, STUDY_COVARIATES, labels=labels, **shared)))
    exams = registry.ltp_intervals()
    for grouping in (OVERALL, "kras"):
        table = interval_censored(
            exams, grouping=grouping, endpoint="TTLTP", level="lesion", note="lesions; deaths censored"
        )
        found.append(("interval censoring", table))
    rows = [row | {"variant": variant} for variant, table in found for row in records_of(table, COLUMNS)]
    return tidy(rows, COLUMNS)


def _of(labels: dict[str, str], by: str) -> dict[str, str]:
    """The labels of the same model by another method: a model of its own among the guards."""
    return labels | {"model": f"{labels['model']}_{by}"}


def _changing(model: pd.DataFrame) -> list[str]:
    """KRAS, and the terms of the Cox model whose hazards are not proportional, in the model's order."""
    terms = model[(model["quantity"] == "hazard_ratio") & (model["ph_p_value"] < PH_ALPHA)]["term"]
    return list(dict.fromkeys([GROUPING, *terms]))
