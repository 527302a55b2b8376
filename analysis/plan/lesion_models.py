"""The declared covariates at lesion level, with the patient as cluster: hazard of LTP and of LTP or death, odds of LTP.

Covariates are the study's four, the diameter being the lesion's own.
"""

from __future__ import annotations

import pandas as pd

from analysis import removals
from analysis.declared_models import REFERENCES, STUDY_COVARIATES
from analysis.regression.cox import COLUMNS, cox
from analysis.regression.gee import gee
from analysis.subjects.analysis_frames import AnalysisFrames
from analysis.subjects.numbered_frames import PATIENT

CAUSE_SPECIFIC = "TTLTP"
HAZARDS = ((CAUSE_SPECIFIC, "lesion_ttltp"), ("LTPFS", "lesion_ltpfs"))
"""Endpoint, and name of the model."""
LABELS = {"level": "lesion", "cohort": "all", "analysis": "multivariable"}


def lesion_models(registry: AnalysisFrames) -> pd.DataFrame:
    """Fit Cox models of TTLTP (cause-specific) and of LTPFS, and a logistic GEE of LTP, over lesions
    (COLUMNS of cox.py)."""
    status = registry.each_lesion_status()
    hazards = [_hazards(registry.each(endpoint, "lesion"), endpoint, model) for endpoint, model in HAZARDS]
    odds = gee(
        status,
        STUDY_COVARIATES,
        event="ltp",
        cluster=PATIENT,
        references=REFERENCES,
        labels=LABELS | {"endpoint": "LTP", "model": "lesion_ltp"},
    )
    missing = {name: float("nan") for name in COLUMNS if name not in odds}
    return pd.concat([*hazards, odds.assign(**missing)[COLUMNS]], ignore_index=True)


def _hazards(lesions: pd.DataFrame, endpoint: str, model: str) -> pd.DataFrame:
    return cox(
        lesions,
        STUDY_COVARIATES,
        references=REFERENCES,
        cluster=PATIENT,
        labels=LABELS | {"endpoint": endpoint, "model": model},
        note=removals.cause_specific(lesions["event"]) if endpoint == CAUSE_SPECIFIC else "",
    )
