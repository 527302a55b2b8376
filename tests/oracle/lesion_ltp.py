"""The oracle's reading of derived.lesion_ltp: local tumour progression, lesion by lesion."""

from __future__ import annotations

from datetime import date

from tests.oracle.lesion_control import uncontrolled_ltp_date
from tests.oracle.rows import Row, days_between, first_ablation, lesion_of, months

NEAR_THE_ZONE_MM = 10
TELLING_STATES = ("no_viable", "residual", "ltp", "viable")


def lesion_ltp(sessions: list[Row], imaging: list[Row]) -> list[Row]:
    """One row per ablated lesion, from clean.rfa_sessions and clean.imaging_followups.

    Gives the columns of derived.lesion_ltp except `reason`, in the order of the lesions' keys.
    """
    lesions = sorted({lesion_of(session) for session in sessions})
    return [
        one_lesion(
            [session for session in sessions if lesion_of(session) == lesion],
            [exam for exam in imaging if lesion_of(exam) == lesion],
        )
        for lesion in lesions
    ]


def one_lesion(sessions: list[Row], imaging: list[Row]) -> Row:
    """The row of one lesion, from its own sessions (at least one) and its own imaging rows."""
    start = first_ablation(sessions)
    at_first_session = [session for session in sessions if session["session_date"] == start]
    days = qualifying_days(start, imaging)

    negative_dates = [day for day in sorted(days) if kind_of_day(days[day]) == "negative"]
    viable_dates = [day for day in sorted(days) if kind_of_day(days[day]) == "viable"]

    adequate_date = negative_dates[0] if negative_dates else None
    is_evaluable = adequate_date is not None
    if is_evaluable:
        is_residual = any(day < adequate_date for day in viable_dates)
        later = [day for day in viable_dates if day > adequate_date]
    else:
        is_residual = bool(viable_dates)
        later = []
    ltp_date = later[0] if later else None
    before_ltp = [day for day in negative_dates if ltp_date is not None and day < ltp_date]
    last_followup_date = max(days) if days else None

    end = ltp_date if ltp_date is not None else last_followup_date
    ltpfs_days = days_between(start, end) if is_evaluable else None
    lost_on = uncontrolled_ltp_date(
        negative_dates, viable_dates, [session["session_date"] for session in sessions], adequate_date
    )
    decided_by = deciding_row(at_first_session, days, viable_dates, ltp_date, is_evaluable)

    return {
        "site": sessions[0]["site"],
        "patient_id": sessions[0]["patient_id"],
        "lesion_id": sessions[0]["lesion_id"],
        "first_ablation_date": start,
        "n_sessions": len({session["session_id"] for session in sessions}),
        "max_diameter_mm": max(session["max_diameter_mm"] for session in at_first_session),
        "adequate_date": adequate_date,
        "adequate_exam_id": None if adequate_date is None else first_exam(days[adequate_date], "negative")["exam_id"],
        "is_evaluable": is_evaluable,
        "is_residual": is_residual,
        "ltp": (ltp_date is not None) if is_evaluable else None,
        "ltp_date": ltp_date,
        "ltp_exam_id": None if ltp_date is None else first_exam(days[ltp_date], "viable")["exam_id"],
        "last_negative_date": before_ltp[-1] if before_ltp else None,
        "uncontrolled_ltp_date": lost_on,
        "uncontrolled_ltp_exam_id": None if lost_on is None else first_exam(days[lost_on], "viable")["exam_id"],
        "last_followup_date": last_followup_date,
        "last_followup_exam_id": last_exam(days)["exam_id"] if days else None,
        "ltpfs_days": ltpfs_days,
        "ltpfs_months": months(ltpfs_days),
        "deciding_delivery": decided_by["delivery"],
        "deciding_line": decided_by["line"],
    }


def qualifying_days(start: date, imaging: list[Row]) -> dict[date, list[Row]]:
    """The rows that can tell anything about the lesion first ablated on `start`, by the day of the exam."""
    days: dict[date, list[Row]] = {}
    for exam in imaging:
        is_cross_sectional = exam["modality"] in ("ct", "mr")
        has_contrast = exam["contrast_enhanced"] == "yes"
        tells = exam["lesion_status"] in TELLING_STATES
        is_after = exam["exam_date"] > start
        if is_cross_sectional and has_contrast and tells and is_after:
            days.setdefault(exam["exam_date"], []).append(exam)
    return days


def kind_of_row(exam: Row) -> str:
    """negative, viable or distant: what one qualifying row says about the lesion."""
    if exam["lesion_status"] == "no_viable":
        return "negative"
    distance_mm = exam["distance_to_zone_mm"]
    if distance_mm is not None and distance_mm > NEAR_THE_ZONE_MM:
        return "distant"
    return "viable"


def kind_of_day(exams: list[Row]) -> str:
    """What a qualifying day says: the worst news about this lesion counts, and a distant finding is none."""
    kinds = {kind_of_row(exam) for exam in exams}
    for kind in ("viable", "negative"):
        if kind in kinds:
            return kind
    return "distant"


def first_exam(exams: list[Row], kind: str) -> Row:
    """Of the day's rows of that kind, the one with the smallest exam_id."""
    return min((exam for exam in exams if kind_of_row(exam) == kind), key=lambda exam: exam["exam_id"])


def last_exam(days: dict[date, list[Row]]) -> Row:
    """The row that speaks for the last qualifying day."""
    last = max(days)
    return first_exam(days[last], kind_of_day(days[last]))


def deciding_row(
    at_first_session: list[Row],
    days: dict[date, list[Row]],
    viable_dates: list[date],
    ltp_date: date | None,
    is_evaluable: bool,
) -> Row:
    """The row of an export that decided how the lesion counts.

    The exam that showed LTP; without LTP the last qualifying exam, up to which the lesion was followed; for
    a lesion that was never adequate the exam that first showed viable tumour; for a lesion without any
    qualifying exam its first session (of several on that day, the row that gave the diameter).
    """
    if ltp_date is not None:
        day = ltp_date
    elif not is_evaluable and viable_dates:
        day = viable_dates[0]
    elif days:
        day = max(days)
    else:
        return min(at_first_session, key=lambda row: (-row["max_diameter_mm"], row["session_id"]))
    return first_exam(days[day], kind_of_day(days[day]))
