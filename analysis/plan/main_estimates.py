"""The main estimates: the few figures by which releases and cohorts are compared.

They are the share with LTP per patient and the Kaplan-Meier estimate of the primary endpoint (primary.py: LTPFS) at 12
months, overall and by KRAS, and the hazard ratio of that endpoint and the odds ratio of LTP of KRAS, of the declared
multivariable models.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from analysis import primary
from analysis.declared_models import COX_MODELS, LOGISTIC_MODELS, REFERENCES, Model
from analysis.estimates.kaplan_meier import km_summary
from analysis.estimates.rates import rates
from analysis.regression.cox import cox
from analysis.regression.logistic import logistic
from analysis.subjects.counted import COUNT
from analysis.tidy import OVERALL

ENDPOINT, GROUPING, LANDMARK_MONTHS = primary.ENDPOINT, primary.GROUPING, primary.LANDMARK_MONTHS


def main_estimates(status: pd.DataFrame, subjects: pd.DataFrame, *, show_unreliable: bool = True) -> list[pd.DataFrame]:
    """Return the rows of the main estimates, in the form of the analysis tables they belong to: ltp_rates, km_summary,
    cox, logistic.

    ``status``: evaluable patients with ltp, ``subjects``: those of ENDPOINT with days and event; both with FACTORS
    and count, equal ones counted together. The logistic model is a published one, so it is shown even with few events,
    unless ``show_unreliable`` is off; the hazard ratio is not, as in analysis.cox.
    """
    shares = [rates(status, grouping=by, level="patient", count=COUNT) for by in (OVERALL, GROUPING)]
    curves = [
        km_summary(
            subjects,
            grouping=by,
            endpoint=ENDPOINT,
            level="patient",
            count=COUNT,
            landmarks_months=(LANDMARK_MONTHS,),
        )
        for by in (OVERALL, GROUPING)
    ]
    hazard = _model(cox, COX_MODELS, subjects, show_unreliable=False)
    odds = _model(logistic, LOGISTIC_MODELS, status, event="ltp", show_unreliable=show_unreliable)
    return [
        *(table[table["quantity"] == "rate"] for table in shares),
        *(table[table["quantity"] == f"survival_{LANDMARK_MONTHS}m"] for table in curves),
        *(table[table["term"] == GROUPING] for table in (hazard, odds)),
    ]


def _model(
    fit: Callable[..., pd.DataFrame], models: tuple[Model, ...], frame: pd.DataFrame, **more: Any
) -> pd.DataFrame:
    """Fit the declared model of all patients, with all its covariates together."""
    model = next(model for model in models if model.cohort == "all" and model.endpoint in (ENDPOINT, "LTP"))
    labels = {"endpoint": model.endpoint, "level": "patient", "model": model.name, "cohort": model.cohort}
    labels["analysis"] = "multivariable"
    return fit(frame, model.covariates, count=COUNT, references=REFERENCES, labels=labels, **more)
