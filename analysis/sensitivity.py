"""Would another reasonable analysis have said the same? The main contrast, KRAS, by other methods.

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
from analysis.models import LOGISTIC_MODELS, REFERENCES, STUDY_COVARIATES
from analysis.tidy import OVERALL, records_of, tidy
from analysis.time_split import time_split

COLUMNS = ["variant", "endpoint", "level", "grouping", "stratum", "model", "cohort", "analysis", "term", "term_level"]
COLUMNS += ["reference", "period", "n", "n_events", "quantity", "estimate", "lower", "upper", "df", "p_value"]
COLUMNS += ["events_per_variable", "method", "note"]


def sensitivity(registry: Registry) -> pd.DataFrame:
    """Few events (profile, Firth), 90-day landmark, effects before and after 12 months, and interval censoring."""
    status, subjects = registry.ltp_status("patient"), registry.subjects("LTPFS_STUDY", "patient")
    shared: dict[str, Any] = {"count": COUNT, "references": REFERENCES}
    labels = {"level": "patient", "cohort": "all", "analysis": "multivariable"}
    odds, hazard = labels | {"endpoint": "LTP", "model": LOGISTIC_MODELS[0].name}, labels | {"endpoint": "LTPFS_STUDY"}
    late, note = from_landmark(subjects, count=COUNT)
    by_name: dict[str, Any] = shared | {"show_unreliable": True}  # the published model, by methods for few events
    found = [
        ("few events", few_events(status, STUDY_COVARIATES, event="ltp", by=by, labels=odds, **by_name))
        for by in ("profile", "firth")
    ]
    landmark = cox(late, STUDY_COVARIATES, labels=hazard | {"model": "landmark_90d"}, note=note, **shared)
    found.append(("landmark 90 days", landmark[landmark["quantity"] == "hazard_ratio"]))
    split = time_split(subjects, "kras", STUDY_COVARIATES, labels=hazard | {"model": "by_period"}, **shared)
    found.append(("effects by period", split))
    exams = registry.ltp_intervals()
    for grouping in (OVERALL, "kras"):
        table = interval_censored(
            exams, grouping=grouping, endpoint="TTLTP", level="lesion", note="lesions; deaths censored"
        )
        found.append(("interval censoring", table))
    rows = [row | {"variant": variant} for variant, table in found for row in records_of(table, COLUMNS)]
    return tidy(rows, COLUMNS)
