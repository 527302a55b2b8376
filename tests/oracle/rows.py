"""Words the oracle's tables share: rows, subjects and months."""

from __future__ import annotations

from datetime import date
from typing import Any

Row = dict[str, Any]
Subject = tuple[str, ...]

DAYS_PER_MONTH = 30.4375


def patient_of(row: Row) -> Subject:
    """The patient a row belongs to: (site, patient_id). Identifiers mean something within their site only."""
    return (row["site"], row["patient_id"])


def lesion_of(row: Row) -> Subject:
    """The lesion a row belongs to: (site, patient_id, lesion_id)."""
    return (row["site"], row["patient_id"], row["lesion_id"])


def days_between(start: date | None, end: date | None) -> int | None:
    """Whole days from `start` to `end`; None where either is missing."""
    if start is None or end is None:
        return None
    return (end - start).days


def months(days: int | None) -> float | None:
    """Days as months of 30.4375 days; None stays None."""
    return None if days is None else days / DAYS_PER_MONTH


def first_ablation(sessions: list[Row]) -> date:
    """The earliest session_date of `sessions`, which must not be empty."""
    return min(session["session_date"] for session in sessions)
