"""How sections name what their estimates of LTP censor: removals of the treated area only where there are any.

A table of cumulative incidence has rows of removals where somebody has one, and none where they leave under disclosure
control, which counts removals with deaths.
"""

from __future__ import annotations

import numpy as np

from analysis import primary, removals
from analysis.report.content import ReportContent
from analysis.report.sections import selection
from analysis.tidy import OVERALL, as_float

LESION = "lesion"
AS_DEATHS = "Removals of the treated area are treated as deaths are: they compete with LTP, or are censored."


def are_there(content: ReportContent, level: str = LESION) -> bool:
    """Return whether the treated area of somebody was removed."""
    return removals.are_in(_causes(content, primary.COMPETING_ENDPOINT, level))


def censored(content: ReportContent, endpoint: str = primary.COMPETING_ENDPOINT, level: str = LESION) -> str:
    """Return what estimates of the endpoint's event alone censor: 'deaths censored'."""
    return removals.censored(_causes(content, endpoint, level))


def competitors(content: ReportContent, endpoint: str, level: str) -> str:
    """Return what comes before the endpoint's event: 'deaths'."""
    return removals.competitors(_causes(content, endpoint, level))


def _causes(content: ReportContent, endpoint: str, level: str) -> np.ndarray:
    curves = content.table("cumulative_incidence")
    own = selection.where(curves, endpoint=endpoint, level=level, grouping=OVERALL)
    return as_float(own["cause"]) if "cause" in own else np.empty(0)
