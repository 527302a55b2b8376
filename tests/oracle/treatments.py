"""The oracle's reading of treatments beside the ablations: what ends a clock, and who was rendered disease-free."""

from __future__ import annotations

from datetime import date, timedelta

from tests.oracle.progression import Finding
from tests.oracle.rows import Row, patient_of

COURSE = timedelta(days=56)
NOT_LOCAL = ("systemic", "sirt", "tace", "other")
LOCAL = ("resection", "ablation_elsewhere", "sbrt")


def finding(row: Row, words: str = "") -> Finding:
    """A treatment as a finding on its first day."""
    return Finding(row["start_date"], "clean.treatments", (*patient_of(row), row["treatment_id"]), words)


def first_of(rows: list[Row], words: str = "") -> Finding | None:
    """The earliest treatment; of one day the smallest treatment_id."""
    return min((finding(row, words) for row in rows), default=None)


def removal(lesion: Row, treatments: list[Row], died: date | None, words: str) -> Finding | None:
    """The treatment that took the lesion's area away, after its ablation and before the death."""
    return first_of(
        [
            row
            for row in treatments
            if (row["kind"] == "transplant" or (row["kind"], row["lesion_id"]) == ("resection", lesion["lesion_id"]))
            and row["start_date"] > lesion["first_ablation_date"]
            and (died is None or row["start_date"] < died)
        ],
        words,
    )


def is_on_systemic(start: date, treatments: list[Row]) -> bool:
    """Whether systemic therapy was running on the day of the first ablation; one without an end was."""
    return any(
        row["kind"] == "systemic"
        and row["start_date"] <= start
        and (row["stop_date"] is None or row["stop_date"] >= start)
        for row in treatments
    )


def systemic(start: date, treatments: list[Row]) -> Finding | None:
    """The first systemic therapy after the first ablation."""
    later = [row for row in treatments if row["kind"] == "systemic" and row["start_date"] > start]
    return first_of(later, "start of systemic therapy")


def untreatable(start: date, progressed: date | None, treatments: list[Row]) -> Finding | None:
    """The first palliative treatment, not a local one, on or after the first progression."""
    if progressed is None:
        return None
    palliative = [row for row in treatments if row["intent"] == "palliative" and row["kind"] in NOT_LOCAL]
    later = [row for row in palliative if row["start_date"] >= progressed and row["start_date"] > start]
    return first_of(later, "palliative treatment after progression")


def disease_free_from(
    patient: Row, start: date, lesions: list[Row], progressed: date | None, treatments: list[Row]
) -> date | None:
    """The day on which the first course had left no disease; None where it did not, or where that is not known."""
    course = [lesion for lesion in lesions if lesion["first_ablation_date"] <= start + COURSE]
    total = patient["n_clm_total"]
    if not all(lesion["is_evaluable"] for lesion in course) or total is None or patient["extrahepatic_disease"] != "no":
        return None
    others_taken = any(
        row["kind"] in LOCAL
        and row["intent"] == "curative"
        and row["lesion_id"] is None
        and abs(row["start_date"] - start) <= COURSE
        for row in treatments
    )
    if total > len(course) and not others_taken:
        return None
    free_from = max(lesion["adequate_date"] for lesion in course)
    too_late = [row["start_date"] for row in treatments if row["intent"] == "palliative"]
    too_late += [progressed] if progressed is not None else []
    return None if any(day <= free_from for day in too_late) else free_from
