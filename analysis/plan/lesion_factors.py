"""Lesions by what may decide on LTP: who they are, how many had LTP by class, and curves with intervals by patient.

The first question is the ablation margin, for RAS wild-type and mutant: below and from 5 mm on, and in the four classes
of the law file. The largest margin with which LTP was seen is the largest in these lesions, not a safe one: of the
lesions beyond it none had LTP by choice of the bound, so the exact upper limit of their share is the smallest that can
be claimed, and the next LTP moves it. Programs measure margins differently, so that bound is given by program too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.estimates import clustered_curves
from analysis.estimates.clustered_curves import CURVE_COLUMNS, INCIDENCE, SURVIVAL
from analysis.estimates.rates import METHOD_EXACT, exact
from analysis.plan.table_one import table_one
from analysis.regression.clustered_test import clustered_test
from analysis.subjects.analysis_frames import AnalysisFrames
from analysis.subjects.lesion_factors import (
    DIAMETER_PER_10,
    MARGIN,
    MARGIN_BELOW_5,
    MARGIN_CLASS,
    RAS_BY_MARGIN,
    ZONE_PER_10,
)
from analysis.subjects.numbered_frames import PATIENT
from analysis.tidy import OVERALL, UNKNOWN, as_float, split, stacked, tidy
from schemas.thresholds import MAIN_LANDMARKS_MONTHS

MARGIN_GROUPINGS = (MARGIN_CLASS, MARGIN_BELOW_5, RAS_BY_MARGIN)
MEASURED_GROUPINGS = ("margin_method", "margin_software")
OTHER_GROUPINGS = ("ras", "diameter_ge_30", "modality", "approach", "sector", "subcapsular", "perivascular")
GROUPINGS = (OVERALL, *MARGIN_GROUPINGS, *MEASURED_GROUPINGS, *OTHER_GROUPINGS)
CURVES = (OVERALL, *MARGIN_GROUPINGS)
"""Groupings that have curves; the others have figures at the landmarks."""
TIMED = (("TTLTP", INCIDENCE), ("LTPFS", SURVIVAL))
"""Endpoint, and how it is shown: LTP with death competing, and free of LTP or death."""
BEYOND_GROUPINGS = (OVERALL, "ras", "margin_software")
LARGEST, RATE_BEYOND = "largest_margin_with_ltp_mm", "rate_beyond"
METHOD_LARGEST = "largest margin seen"
CHOSEN_HERE = "the bound was chosen from these lesions: the next LTP may lie beyond it"
CHARACTERISTICS = (
    *("max_diameter_mm", "diameter_ge_30", "segment", "sector", "subcapsular", "perivascular"),
    *("modality", "approach", "zone_short_mm", MARGIN, MARGIN_CLASS, "margin_method", "margin_software"),
    *("kras", "nras", "braf", "ras"),
)
COLUMNS = ["endpoint", "level", "grouping", "stratum", "n", "n_events", "n_at_risk", "quantity", "estimate", "lower"]
COLUMNS += ["upper", "std_error", "df", "p_value", "method", "note"]


def lesion_table_one(registry: AnalysisFrames) -> pd.DataFrame:
    """Return Table 1 of the lesions, all and by whether the margin is below 5 mm."""
    factors = registry.lesion_factors()
    per_10 = {"max_diameter_mm": DIAMETER_PER_10, "zone_short_mm": ZONE_PER_10}
    numbers = {name: 10.0 * factors[own] for name, own in per_10.items()}
    return table_one(factors.assign(**numbers), grouping=MARGIN_BELOW_5, variables=CHARACTERISTICS, level="lesion")


def lesion_factors(registry: AnalysisFrames) -> pd.DataFrame:
    """Return by class of each factor: the share with LTP, incidence of LTP and survival free of LTP or death at the
    landmarks, the clustered tests between classes, and the bounds of the margin (COLUMNS).
    """
    status = registry.lesions_evaluable()
    rows = [row for grouping in GROUPINGS for row in _shares(status, grouping)]
    for endpoint, quantity in TIMED:
        timed = registry.lesions_timed(endpoint)
        base = {"endpoint": endpoint, "level": "lesion"}
        for grouping in GROUPINGS:
            rows += clustered_curves.at_landmarks(
                timed, quantity, MAIN_LANDMARKS_MONTHS, grouping=grouping, cluster=PATIENT, **base
            )
            if grouping != OVERALL:
                rows.append(base | {"grouping": grouping} | clustered_test(timed, grouping=grouping, cluster=PATIENT))
    rows += [row for grouping in BEYOND_GROUPINGS for row in _beyond(status, grouping)]
    return tidy(rows, COLUMNS)


def lesion_curves(registry: AnalysisFrames) -> pd.DataFrame:
    """Return the curves by margin with intervals clustered by patient: incidence of LTP with death competing, and
    survival free of LTP or death (CURVE_COLUMNS).
    """
    found: list[dict[str, Any]] = []
    for endpoint, quantity in TIMED:
        timed = registry.lesions_timed(endpoint)
        base = {"endpoint": endpoint, "level": "lesion"}
        for grouping in CURVES:
            found += clustered_curves.parts(timed, quantity, grouping=grouping, cluster=PATIENT, **base)
    return stacked(found, CURVE_COLUMNS)


def _shares(status: pd.DataFrame, grouping: str) -> Iterator[dict[str, Any]]:
    """Yield the share with LTP of each class, with an exact interval that takes lesions for independent."""
    ltp = as_float(status["ltp"])
    for stratum, members in split(status, grouping):
        yield _base(grouping, stratum) | {"quantity": "rate"} | _share(int(ltp[members].sum()), len(members))


def _share(n_events: int, n: int) -> dict[str, Any]:
    lower, upper = exact(n_events, n)
    found = {"n": n, "n_events": n_events, "estimate": n_events / n if n else None, "lower": lower, "upper": upper}
    return found | {"method": METHOD_EXACT, "note": "" if n else guards.NO_SUBJECTS}


def _base(grouping: str, stratum: str) -> dict[str, Any]:
    return {"endpoint": "LTP", "level": "lesion", "grouping": grouping, "stratum": stratum}


def _beyond(status: pd.DataFrame, grouping: str) -> Iterator[dict[str, Any]]:
    """Yield the largest margin with LTP, and the share with LTP beyond it, which is 0, with its exact upper limit, in
    each known group among the lesions with a known margin.
    """
    margin, ltp = as_float(status[MARGIN]), as_float(status["ltp"]) == 1.0
    for stratum, members in split(status, grouping):
        if stratum == UNKNOWN and grouping != OVERALL:
            continue
        own = members[np.isfinite(margin[members])]
        base = _base(grouping, stratum)
        n_ltp = int(ltp[own].sum())
        n_zero = int((margin[own] == 0.0).sum())
        exactly = f"{n_zero} lesions with a margin of exactly 0 mm" if n_zero else ""
        row = base | {"quantity": LARGEST, "n": len(own), "n_events": n_ltp, "method": METHOD_LARGEST}
        if not n_ltp:
            reason = guards.NO_EVENTS if len(own) else "no lesion with a known margin"
            yield row | {"note": reason}
            yield base | {"quantity": RATE_BEYOND, "n": len(own), "n_events": 0, "method": METHOD_EXACT, "note": reason}
            continue
        bound = float(margin[own][ltp[own]].max())
        yield row | {"estimate": bound, "note": exactly}
        n_beyond = int((margin[own] > bound).sum())
        share = _share(0, n_beyond)
        note = CHOSEN_HERE if n_beyond else "no lesion has a larger margin"
        yield base | {"quantity": RATE_BEYOND} | share | {"note": note}
