"""The index study's published ratios beside this registry's logistic and Cox models, in the published
direction.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.declared_models import RAS_WILD_TYPE_COVARIATES, REFERENCES, STUDY_COVARIATES, cohort_rows
from analysis.regression.cox import cox
from analysis.regression.logistic import logistic
from analysis.replication.published_figures import PublishedRatio, index_study
from analysis.subjects.analysis_frames import FACTORS
from analysis.subjects.counted import COUNT, as_categories, compress
from analysis.tidy import as_float
from schemas.thresholds import ONE_YEAR_MONTHS

ODDS_LTP = "logistic odds ratio of LTP"
ODDS_CRUDE = "logistic odds ratio of LTPFS below 12 months"
HAZARD = "Cox hazard ratio of LTPFS_STUDY"
CANDIDATES = {"LTP": (ODDS_LTP, HAZARD), "LTPFS": (HAZARD, ODDS_LTP, ODDS_CRUDE)}


def ratio_rows(patients: pd.DataFrame, status: pd.DataFrame, ltpfs_study: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one row per published ratio and candidate model.

    ``patients`` is derived.patient_ltpfs; ``status`` the evaluable patients with ltp, ``ltpfs_study`` the
    subjects of LTPFS_STUDY with days and event, both with covariates and count.
    """
    known = patients[patients["ltpfs_months"].notna()]
    failure = pd.DataFrame({name: as_categories(known[name]) for name in FACTORS})
    failure["is_failure"] = (as_float(known["ltpfs_months"]) < ONE_YEAR_MONTHS).astype(float)
    failure = compress(failure, ["is_failure", *FACTORS])
    rows = []
    fitted: dict[tuple[str, str], pd.DataFrame] = {}
    for name, covariates in (("all", STUDY_COVARIATES), ("ras_wild_type", RAS_WILD_TYPE_COVARIATES)):
        shared: dict[str, Any] = {"count": COUNT, "references": REFERENCES, "show_unreliable": True}
        fitted[name, HAZARD] = cox(cohort_rows(ltpfs_study, name), covariates, **shared)
        fitted[name, ODDS_LTP] = logistic(cohort_rows(status, name), covariates, event="ltp", **shared)
        fitted[name, ODDS_CRUDE] = logistic(cohort_rows(failure, name), covariates, event="is_failure", **shared)
    for ratio in index_study().ratios:
        for estimator in CANDIDATES[ratio.outcome]:
            rows.append(_compare(ratio, fitted[ratio.cohort, estimator], estimator))
    return rows


def _compare(ratio: PublishedRatio, table: pd.DataFrame, estimator: str) -> dict[str, Any]:
    row: dict[str, Any] = {"quantity": ratio.quantity, "published": ratio.text}
    row |= {"published_value": ratio.ratio, "estimator": estimator}
    found = table[table["term"] == ratio.term].iloc[0]
    if not np.isfinite(found["estimate"]):
        return row | {"computed": "not estimable", "agrees": None, "note": found["note"]}
    estimate, lower, upper = found["estimate"], found["lower"], found["upper"]
    if found["reference"] == ratio.stratum:  # published the other way round
        estimate, lower, upper = 1.0 / estimate, 1.0 / upper, 1.0 / lower
    is_same_side = (estimate < 1.0) == (ratio.ratio < 1.0)
    is_inside = ratio.lower <= estimate <= ratio.upper
    verdict = "inside the published interval" if is_inside else "outside the published interval"
    verdict += ", same direction" if is_same_side else ", opposite direction"
    text = f"{estimate:.3g} ({lower:.3g}-{upper:.3g}), p = {found['p_value']:.3f}"
    row |= {"computed": text, "computed_value": float(estimate), "agrees": bool(is_inside and is_same_side)}
    notes = [verdict, found["note"]]
    if ratio.outcome == "LTP" and estimator == ODDS_LTP:
        notes.insert(1, "published as a hazard ratio, reads like an odds ratio")
    return row | {"note": "; ".join(note for note in notes if note)}
