"""Lists the units in which a column may be delivered, with the factor to the canonical unit."""

LENGTH = {"cm": 10.0, "mm": 1.0}
TIME = {"s": 1 / 60, "min": 1.0}
CONCENTRATION = {"ug/l": 1.0, "ng/ml": 1.0}
SHARE = {"fraction": 100.0, "percent": 1.0}
UNIT_OF: dict[str, dict[str, float]] = {
    "max_diameter_mm": LENGTH,
    "minimal_margin_mm": LENGTH,
    "zone_long_mm": LENGTH,
    "zone_short_mm": LENGTH,
    "distance_to_zone_mm": LENGTH,
    "time_min": TIME,
    "cea_ng_ml": CONCENTRATION,
    "vaf_percent": SHARE,
}
"""Canonical column -> unit -> factor."""
