"""The declared covariates at lesion level, with the patient as cluster: hazard of LTP and of LTP or death, odds of LTP.

Covariates are the study's four, the diameter being the lesion's own.
"""

from __future__ import annotations

import pandas as pd

from analysis.declared_models import REFERENCES, STUDY_COVARIATES
from analysis.regression.cox import COLUMNS, cox
from analysis.regression.gee import gee
from analysis.subjects.analysis_frames import AnalysisFrames
from analysis.subjects.numbered_frames import PATIENT

HAZARDS = (("TTLTP", "lesion_ttltp", "cause-specific: deaths censored"), ("LTPFS", "lesion_ltpfs", ""))
"""Endpoint, name of the model, and its note."""
LABELS = {"level": "lesion", "cohort": "all", "analysis": "multivariable"}


def lesion_models(registry: AnalysisFrames) -> pd.DataFrame:
    """Fit Cox models of TTLTP (deaths censored: cause-specific) and of LTPFS, and a logistic GEE of LTP, over lesions
    (COLUMNS of cox.py)."""
    status = registry.each_lesion_status()
    hazards = [
        cox(
            registry.each(endpoint, "lesion"),
            STUDY_COVARIATES,
            references=REFERENCES,
            cluster=PATIENT,
            labels=LABELS | {"endpoint": endpoint, "model": model},
            note=note,
        )
        for endpoint, model, note in HAZARDS
    ]
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
