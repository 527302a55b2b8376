"""Which endpoints are shown as survival and which as cumulative incidence, and the words of caution beside them.

(endpoint, level) in the order of the tables: shown as curves, and as cumulative incidence if death competes. TTLTP is
shown as both, to show what censoring deaths does. Endpoints in neither list follow after them (analysis_plan.py).
"""

from __future__ import annotations

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
COMPETING_NOTE = "deaths censored: 1 - survival overstates the incidence of LTP, see cumulative_incidence"
COMPETING_NOTE_OF_OTHERS = "deaths censored: 1 - survival overstates the incidence, see cumulative_incidence"


def lesion_note(level: str) -> str:
    """Return the caution of what is estimated at lesion level as if lesions were independent; nothing for patients."""
    return LESION_NOTE if level == "lesion" else ""


def curve_note(endpoint: str, level: str, *, competes: bool) -> str:
    """Return the caution beside a survival curve of an endpoint with which death may compete; nothing for others."""
    if (endpoint, level) in SURVIVAL_ENDPOINTS:
        return COMPETING_NOTE if (endpoint, level) in COMPETING_ENDPOINTS else ""
    return COMPETING_NOTE_OF_OTHERS if competes else ""
