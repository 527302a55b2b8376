"""Models of LTP per lesion: each factor alone and together, the margin by RAS, and dose-response.

Cause-specific Cox and Fine-Gray, variance clustered by patient. Two sets of covariates go together: all factors, which
needs some 65 LTP, and those that the margin is read beside, fixed here before any data are seen. The zone's width is
nearly lesion plus twice the margin, so beside both of them its own ratio says little. No shared frailty: no library
here has it (docs/decisions/0055).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis import removals
from analysis.declared_models import REFERENCES, STUDY_COVARIATES
from analysis.regression.cox import COLUMNS, cox
from analysis.regression.fine_gray import fine_gray
from analysis.regression.restricted_spline import spline_ratios
from analysis.subjects.analysis_frames import AnalysisFrames
from analysis.subjects.lesion_factors import (
    DIAMETER_PER_10,
    MARGIN,
    MARGIN_BELOW_5,
    MARGIN_CLASS,
    ZONE_PER_10,
    margin_classes,
)
from analysis.subjects.numbered_frames import PATIENT
from analysis.tidy import UNKNOWN, stratum_labels
from schemas.thresholds import ENOUGH_MARGIN_MM, MARGIN_GRID_MM, MARGIN_KNOTS_MM

ENDPOINT = "TTLTP"
FACTORS = (
    *(MARGIN_BELOW_5, MARGIN_CLASS, "ras", "diameter_ge_30", DIAMETER_PER_10, ZONE_PER_10),
    *("modality", "approach", "sector", "subcapsular", "perivascular"),
)
"""Each alone."""
ALL_FACTORS = (
    *(MARGIN_BELOW_5, "ras", DIAMETER_PER_10, ZONE_PER_10),
    *("modality", "approach", "sector", "subcapsular", "perivascular"),
)
BESIDE_MARGIN = (MARGIN_BELOW_5, "ras", "diameter_ge_30", "subcapsular", "perivascular")
WITH_STUDY = (MARGIN_BELOW_5, *STUDY_COVARIATES)
"""The index study's covariates with the margin: beside lesion_models, what the margin takes away from the diameter."""
ADJUSTED_CURVE = ("ras", "diameter_ge_30")
IN_WILD_TYPE, IN_MUTANT = "margin_below_5 in ras wild_type", "margin_below_5 in ras mutant"
BEYOND_BOTH = "margin_below_5 x ras"
"""How many times larger the margin's ratio is with mutant RAS: 1 if RAS does not change what a margin does."""
LESION_REFERENCES = REFERENCES | {
    MARGIN_BELOW_5: "false",
    MARGIN_CLASS: str(margin_classes(np.array([ENOUGH_MARGIN_MM]))[0]),
    "modality": "rfa",
    "approach": "percutaneous",
    "sector": "right_anterior",
    "subcapsular": "no",
    "perivascular": "no",
}
CAUSE_SPECIFIC, SUBDISTRIBUTION = "cause_specific", "fine_gray"


def lesion_factor_models(registry: AnalysisFrames) -> pd.DataFrame:
    """Return hazard ratios of LTP per lesion: each factor alone, all together, beside the margin, with the study's
    covariates, and the margin by RAS; of the margin also subdistribution ratios (COLUMNS of cox.py).
    """
    timed = registry.lesions_timed(ENDPOINT)
    by_ras = with_interaction(timed)
    found = [_cox(timed, (factor,), "factor", "univariable") for factor in FACTORS]
    found.append(_cox(timed, ALL_FACTORS, "all_factors", "multivariable"))
    found.append(_cox(timed, WITH_STUDY, "study_with_margin", "multivariable"))
    for fit, kind in ((_cox, CAUSE_SPECIFIC), (_fine_gray, SUBDISTRIBUTION)):
        if kind == SUBDISTRIBUTION:
            found.append(fit(timed, (MARGIN_BELOW_5,), f"margin_{kind}", "univariable"))
        found.append(fit(timed, BESIDE_MARGIN, f"margin_{kind}", "multivariable"))
        found.append(fit(by_ras, (IN_WILD_TYPE, IN_MUTANT, "ras"), f"margin_by_ras_{kind}", "multivariable"))
        crossed = fit(by_ras, (MARGIN_BELOW_5, "ras", BEYOND_BOTH), f"margin_by_ras_{kind}", "interaction")
        found.append(crossed[crossed["term"] == BEYOND_BOTH])
    return pd.concat([table for table in found if len(table)], ignore_index=True)


def margin_response(registry: AnalysisFrames) -> pd.DataFrame:
    """Return the ratio of the hazard of LTP at each margin to that at 5 mm, alone and adjusted (COLUMNS of
    restricted_spline.py).
    """
    timed = registry.lesions_timed(ENDPOINT)
    shared: dict[str, Any] = {"knots": MARGIN_KNOTS_MM, "reference": ENOUGH_MARGIN_MM, "step": MARGIN_GRID_MM}
    shared |= {"cluster": PATIENT, "references": LESION_REFERENCES, "note": removals.cause_specific(timed["event"])}
    found = [
        spline_ratios(timed, MARGIN, covariates, labels=_labels("margin_spline", analysis), **shared)
        for analysis, covariates in (("univariable", ()), ("multivariable", ADJUSTED_CURVE))
    ]
    return pd.concat(found, ignore_index=True)


def with_interaction(timed: pd.DataFrame) -> pd.DataFrame:
    """Return the lesions with the margin below 5 mm within wild-type and within mutant RAS, and with both at once, as 0
    or 1; missing where either is not known.
    """
    below, ras = stratum_labels(timed[MARGIN_BELOW_5]), stratum_labels(timed["ras"])
    is_known = (below != UNKNOWN) & (ras != UNKNOWN)

    def both(status: str) -> np.ndarray:
        return np.where(is_known, ((below == "true") & (ras == status)).astype(float), np.nan)

    return timed.assign(**{IN_WILD_TYPE: both("wild_type"), IN_MUTANT: both("mutant"), BEYOND_BOTH: both("mutant")})


def _labels(model: str, analysis: str) -> dict[str, str]:
    return {"endpoint": ENDPOINT, "level": "lesion", "cohort": "all", "model": model, "analysis": analysis}


def _cox(timed: pd.DataFrame, covariates: tuple[str, ...], model: str, analysis: str) -> pd.DataFrame:
    return cox(
        timed,
        covariates,
        references=LESION_REFERENCES,
        cluster=PATIENT,
        labels=_labels(model, analysis),
        note=removals.cause_specific(timed["event"]),
    )


def _fine_gray(timed: pd.DataFrame, covariates: tuple[str, ...], model: str, analysis: str) -> pd.DataFrame:
    table = fine_gray(timed, covariates, references=LESION_REFERENCES, cluster=PATIENT, labels=_labels(model, analysis))
    return table.assign(ph_chi2=float("nan"), ph_p_value=float("nan"))[COLUMNS]
