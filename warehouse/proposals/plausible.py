"""Lists what a number of each column can be, so that a code for "not known" and another unit can be told from it."""

from schemas.thresholds import (
    CEA_MAX_NG_ML,
    CM_FOR_MM_BELOW,
    DFI_MAX_MONTHS,
    DIAMETER_MM,
    DISTANCE_MM,
    EARLIEST_BIRTH_YEAR,
    MARGIN_MM,
    N_CLM_MAX,
    POWER_W,
    TIME_MIN,
    VAF_PERCENT,
    ZONE_MM,
)

LATEST_BIRTH_YEAR = 2100
LIMITS: dict[str, tuple[float, float]] = {
    "max_diameter_mm": (0, DIAMETER_MM[1]),
    "minimal_margin_mm": MARGIN_MM,
    "zone_long_mm": (0, ZONE_MM[1]),
    "zone_short_mm": (0, ZONE_MM[1]),
    "distance_to_zone_mm": DISTANCE_MM,
    "power_w": (0, POWER_W[1]),
    "time_min": (0, 60 * TIME_MIN[1]),
    "vaf_percent": VAF_PERCENT,
    "cea_ng_ml": (0, CEA_MAX_NG_ML),
    "dfi_months": (0, DFI_MAX_MONTHS),
    "n_clm_total": (0, N_CLM_MAX),
    "birth_year": (EARLIEST_BIRTH_YEAR, LATEST_BIRTH_YEAR),
}
"""Column -> lowest and highest number, in any unit that it may be given in."""
CENTIMETRES_BELOW = CM_FOR_MM_BELOW
"""A column of diameters whose median is below this is more often in centimetres."""
DIAMETERS = ("max_diameter_mm", "zone_long_mm", "zone_short_mm")
SHORT_LENGTHS = ("minimal_margin_mm", "distance_to_zone_mm")
"""Lengths whose values do not tell their unit: 2 may be millimetres and centimetres."""
SECONDS_ABOVE = 60
"""A column of times whose median is above this is more often in seconds."""


def is_plausible(column: str, number: float) -> bool:
    """Return whether a number may be a value of the column."""
    low, high = LIMITS.get(column, (float("-inf"), float("inf")))
    return low <= number <= high
