"""The oracle's reading of progression elsewhere: new liver lesions and disease outside the liver, by patient."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from tests.oracle.lesion_ltp import kind_of_row, qualifying_days
from tests.oracle.rows import Row


class Finding(NamedTuple):
    """The day, the row that says so (source table and key), and what it is in words."""

    day: date
    table: str
    key: tuple[str, ...]
    words: str = ""


def body_exams(start: date, imaging: list[Row]) -> list[Row]:
    """Rows of exams that can show disease outside the liver: any CT, MR or PET-CT after the first ablation."""
    return [row for row in imaging if row["modality"] in ("ct", "mr", "pet_ct") and row["exam_date"] > start]


def liver_exams(start: date, imaging: list[Row]) -> list[Row]:
    """Rows of exams that can show a new liver lesion: CT or MR with contrast after the patient's first ablation."""
    return [
        row
        for row in imaging
        if row["modality"] in ("ct", "mr") and row["contrast_enhanced"] == "yes" and row["exam_date"] > start
    ]


def new_liver_lesion(start: date, imaging: list[Row], lesions: list[Row]) -> Finding | None:
    """The first exam that says so: by the flag, or by viable tumour more than 10 mm from the zone of a lesion.

    `lesions` are the patient's rows of `lesion_ltp`: a row about a lesion says something only where it qualifies.
    """
    said = [row for row in liver_exams(start, imaging) if row["new_liver_lesion"] == "yes"]
    for lesion in lesions:
        own = [row for row in imaging if row["lesion_id"] == lesion["lesion_id"]]
        for rows in qualifying_days(lesion["first_ablation_date"], own).values():
            said += [row for row in rows if kind_of_row(row) == "distant"]
    return first_of(said, "new liver lesion")


def extrahepatic(start: date, imaging: list[Row]) -> Finding | None:
    """The first exam that says so."""
    said = [row for row in body_exams(start, imaging) if row["extrahepatic_progression"] == "yes"]
    return first_of(said, "extrahepatic progression")


def first_of(rows: list[Row], words: str) -> Finding | None:
    """The earliest row; of one day the smallest exam_id, then the smallest lesion_id, an empty one first."""
    return exam(min(rows, key=lambda row: (row["exam_date"], *name_of(row))), words) if rows else None


def last_of(rows: list[Row], words: str) -> Finding | None:
    """The latest day's row; of one day chosen as in first_of."""
    if not rows:
        return None
    last = max(row["exam_date"] for row in rows)
    return exam(min((row for row in rows if row["exam_date"] == last), key=name_of), words)


def name_of(row: Row) -> tuple[str, str]:
    """exam_id and lesion_id of an imaging row, the latter '' where empty."""
    return (row["exam_id"], row["lesion_id"] or "")


def exam(row: Row, words: str) -> Finding:
    """An imaging row as a finding."""
    key = (row["site"], row["patient_id"], *name_of(row))
    return Finding(row["exam_date"], "clean.imaging_followups", key, words)
