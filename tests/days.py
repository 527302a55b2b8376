"""Dates in tests that know no day in advance: today, and what a page prints on the day on which it is executed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from warehouse.archive.archive import Archive
from warehouse.storage.home import Home


def today(days: int = 0) -> date:
    """Today, UTC, or so many days from it."""
    return datetime.now(UTC).date() + timedelta(days=days)


def noon() -> datetime:
    """Today's noon, UTC: the hours around it belong to the same day."""
    return datetime.combine(today(), time(12), UTC)


def as_on(text: str, home: Home, day: date, later: tuple[int, ...] = (0,)) -> str:
    """The text with every day on which the home was worked with written as `day`, and the days that are `later` by so
    many likewise: a home may have been made before midnight and its page be executed after it.
    """
    first = datetime.fromisoformat(min(one.arrived_at for one in Archive(home).arrivals)).date()
    for back in range((today() - first).days + 1):
        for ahead in later:
            text = text.replace(str(today(ahead - back)), str(day + timedelta(days=ahead)))
    return text
