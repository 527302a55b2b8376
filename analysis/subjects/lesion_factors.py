"""What is known of each lesion beside its patient's genes: where it lay, how it was ablated, and with which margin.

As of the lesion's first session. The margin is in the classes of the law file (schemas/thresholds.py): below 0 mm the
lesion is not covered, 0 mm is covered with nothing to spare. Segments are put together by sector, since there are eight
of them and rarely enough LTP for eight. Empty and ``unknown`` are one: not known. A site writes in its own words which
program measured a margin, so only what several patients share is a name; the others are one class.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.subjects.counted import Profiles, as_categories
from analysis.subjects.numbered_frames import PATIENT
from analysis.tidy import UNKNOWN, as_float, stratum_labels
from schemas.thresholds import COVERED_MARGIN_MM, ENOUGH_MARGIN_MM, NAMED_PROGRAM_PATIENTS, WIDE_MARGIN_MM

MARGIN, DIAMETER, ZONE = "minimal_margin_mm", "max_diameter_mm", "zone_short_mm"
DIAMETER_PER_10, ZONE_PER_10 = "max_diameter_mm per 10", "zone_short_mm per 10"
MARGIN_CLASS, MARGIN_BELOW_5, RAS_BY_MARGIN = "margin_class", "margin_below_5", "ras_by_margin"
SECTORS = {
    "caudate": ("1",),
    "left_lateral": ("2", "3"),
    "left_medial": ("4", "4a", "4b"),
    "right_anterior": ("5", "8"),
    "right_posterior": ("6", "7"),
}
"""Sector of the liver -> its segments."""
PROGRAM, OTHER_PROGRAM = "margin_software", "other"
AS_DELIVERED = ("segment", "modality", "approach", "subcapsular", "perivascular", "margin_method")
BELOW, AT_LEAST = "below_5", "at_least_5"
"""The two sides of the margin that is enough, behind the RAS status in RAS_BY_MARGIN: ``mutant below_5``."""


def factors_of(lesions: pd.DataFrame, profiles: Profiles) -> pd.DataFrame:
    """Return one row for each lesion in the order of their numbers: the patient's genes and the lesion's diameter in
    two classes (``profiles``), AS_DELIVERED, PROGRAM and ``sector`` as categories, MARGIN_CLASS, MARGIN_BELOW_5 and
    RAS_BY_MARGIN as categories, and MARGIN, DIAMETER_PER_10 and ZONE_PER_10 as numbers.

    A column that ``lesions`` lacks, as releases made before it was there do, is not known of any.
    """
    found = profiles.of(np.arange(len(lesions)))
    for name in AS_DELIVERED:
        found[name] = as_categories(_texts(lesions, name))
    found[PROGRAM] = as_categories(_programs(lesions))
    sector_of = {segment: sector for sector, segments in SECTORS.items() for segment in segments}
    found["sector"] = as_categories(found["segment"].astype(object).map(sector_of))
    margin = _numbers(lesions, MARGIN)
    found[MARGIN] = margin
    found[DIAMETER_PER_10], found[ZONE_PER_10] = _numbers(lesions, DIAMETER) / 10.0, _numbers(lesions, ZONE) / 10.0
    found[MARGIN_CLASS] = as_categories(pd.Series(margin_classes(margin), dtype=object))
    is_below = pd.Series(margin < ENOUGH_MARGIN_MM, dtype="boolean").mask(np.isnan(margin))
    found[MARGIN_BELOW_5] = as_categories(is_below)
    found[RAS_BY_MARGIN] = as_categories(_ras_by_margin(stratum_labels(found["ras"]), margin))
    return found


def margin_classes(margin_mm: np.ndarray) -> np.ndarray:
    """Return the class of each margin as text; None where it is not known.

    >>> margin_classes(np.array([-0.1, 0.0, 4.9, 5.0, 10.0, np.nan])).tolist()
    ['< 0', '0 to < 5', '0 to < 5', '5 to < 10', '>= 10', None]
    """
    bounds = (COVERED_MARGIN_MM, ENOUGH_MARGIN_MM, WIDE_MARGIN_MM)
    inner = [f"{low:g} to < {high:g}" for low, high in zip(bounds, bounds[1:], strict=False)]
    names = np.array([f"< {bounds[0]:g}", *inner, f">= {bounds[-1]:g}"], dtype=object)
    found = names[np.searchsorted(bounds, margin_mm, side="right")]  # a missing margin is sorted last
    found[np.isnan(margin_mm)] = None
    return found


def _ras_by_margin(ras: np.ndarray, margin: np.ndarray) -> pd.Series:
    side = np.where(margin < ENOUGH_MARGIN_MM, BELOW, AT_LEAST)
    both = ras.astype(object) + " " + side.astype(object)
    both[(ras == UNKNOWN) | np.isnan(margin)] = None
    return pd.Series(both, dtype=object)


def _programs(lesions: pd.DataFrame) -> pd.Series:
    """Return the program of each lesion; those of fewer than NAMED_PROGRAM_PATIENTS patients are OTHER_PROGRAM."""
    texts = _texts(lesions, PROGRAM).astype(object)  # a column of classes takes no new one
    patients = lesions[PATIENT].reset_index(drop=True).groupby(texts).nunique()
    return texts.where(~texts.isin(patients.index[patients < NAMED_PROGRAM_PATIENTS]), OTHER_PROGRAM)


def _texts(lesions: pd.DataFrame, name: str) -> pd.Series:
    """Return a column of texts with empty cells where it is not there."""
    if name in lesions:
        return lesions[name].reset_index(drop=True)
    return pd.Series([None] * len(lesions), dtype=object)


def _numbers(lesions: pd.DataFrame, name: str) -> np.ndarray:
    return as_float(lesions[name]) if name in lesions else np.full(len(lesions), np.nan)
