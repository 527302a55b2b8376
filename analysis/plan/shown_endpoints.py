"""Which endpoints are shown as survival and which as cumulative incidence, and the words of caution beside them.

(endpoint, level) in the order of the tables: shown as curves, and as cumulative incidence if death competes. TTLTP is
shown as both, to show what censoring deaths does. Endpoints in neither list follow after them (analysis_plan.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis import removals

if TYPE_CHECKING:
    from analysis.removals import Events

SURVIVAL_ENDPOINTS = (
    ("LTPFS", "patient"),
    ("LTPFS", "lesion"),
    ("LTPFS_STUDY", "patient"),
    ("TTLTP", "patient"),
    ("TTLTP", "lesion"),
    ("OS", "patient"),
    ("IHPFS", "patient"),
    ("DDFS", "patient"),
    ("PFS", "patient"),
)
COMPETING_ENDPOINTS = (
    ("TTLTP", "patient"),
    ("TTLTP", "lesion"),
    ("A_LTPFS", "patient"),
    ("A_LTPFS", "lesion"),
    ("TT_NEWLIVER", "patient"),
    ("TTP", "patient"),
    ("CSS", "patient"),
)
DECLARED = frozenset({*COMPETING_ENDPOINTS, *SURVIVAL_ENDPOINTS})
"""Endpoints with a declared place."""
LESION_NOTE = "descriptive: lesions of one patient are not independent"
OVERSTATES = ": 1 - survival overstates the incidence{of}, see cumulative_incidence"


def lesion_note(level: str) -> str:
    """Return the caution of what is estimated at lesion level as if lesions were independent; nothing for patients."""
    return LESION_NOTE if level == "lesion" else ""


def curve_note(endpoint: str, level: str, events: Events, *, competes: bool) -> str:
    """Return the caution beside a survival curve of an endpoint with which others may compete, with what of these
    ``events`` it censors; nothing for other endpoints.
    """
    if (endpoint, level) in SURVIVAL_ENDPOINTS:
        is_of_ltp = (endpoint, level) in COMPETING_ENDPOINTS
        return removals.censored(events) + OVERSTATES.format(of=" of LTP") if is_of_ltp else ""
    return removals.censored(events) + OVERSTATES.format(of="") if competes else ""
