"""Which rows of the tables of curves a page shows; every other row stays in the database."""

from __future__ import annotations

from analysis import primary
from analysis.report.sections import incidence, margin, survival

SHOWN: dict[str, tuple[dict[str, str], ...]] = {
    "km_curve": tuple(
        {"endpoint": curve.endpoint, "level": "patient", "grouping": curve.grouping} for curve in survival.CURVES
    ),
    "cumulative_incidence": (
        {"grouping": "overall"},
        *({"endpoint": primary.COMPETING_ENDPOINT, "grouping": name} for name in incidence.TABLE_GROUPINGS),
    ),
    "lesion_curves": tuple({"endpoint": "TTLTP", "grouping": grouping} for grouping, *_ in margin.CURVES),
}
"""Analysis table -> what a row has, by column, that the page shows: one of these. Other tables are shown whole."""
