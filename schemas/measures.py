"""Declares what is followed by site and over time: shares by quarter, for control charts and funnels.

How each is counted is in warehouse/sql/quality/site_measures.sql.
"""

from dataclasses import dataclass

from schemas.thresholds import (
    CHART_SETTLING_DAYS,
    DAYS_PER_MONTH,
    EXAM_WINDOW_DAYS,
    FIRST_EXAM_LATEST_DAYS,
    MATURITY_MONTHS,
)

FOLLOWED_DAYS = MATURITY_MONTHS * DAYS_PER_MONTH + EXAM_WINDOW_DAYS
"""After the ablation, until the exam at twelve months is due."""


@dataclass(frozen=True)
class Measure:
    """A share that is followed. `label` begins a sentence, `unit` says what is counted.

    A quarter is complete once the site's newest delivery of `export` (of any export, if empty) was extracted more than
    `settled_days` after its end.
    """

    name: str
    label: str
    unit: str
    export: str
    settled_days: float


_SESSIONS, _IMAGING = "rfa_sessions", "imaging_followups"

_ALL = (
    Measure("kras_known", "KRAS known", "patients", _SESSIONS, CHART_SETTLING_DAYS),
    Measure("ras_known", "RAS known", "patients", _SESSIONS, CHART_SETTLING_DAYS),
    Measure("last_contact_known", "Last contact known", "patients", _SESSIONS, CHART_SETTLING_DAYS),
    Measure("margin_known", "Margin known", "lesions", _SESSIONS, CHART_SETTLING_DAYS),
    Measure("first_exam_in_time", "First exam in time", "lesions", _IMAGING, FIRST_EXAM_LATEST_DAYS),
    Measure("followed_a_year", "Followed for a year", "lesions", _IMAGING, FOLLOWED_DAYS),
    Measure("ltp_in_a_year", "LTP within a year", "lesions", _IMAGING, FOLLOWED_DAYS),
    Measure("rows_set_aside", "Set aside", "rows", "", 0),
)
MEASURES = {measure.name: measure for measure in _ALL}
"""By name, in reading order."""
