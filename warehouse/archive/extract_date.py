"""Finds the extract date of a delivery, which rules compare with: no rule reads the clock."""

import re
from datetime import date, datetime

DATE_IN_NAME = re.compile(r"(?<!\d)(\d{4})([-_]?)(\d{2})\2(\d{2})(?!\d)")


def extract_date(file_name: str, arrived_at: str) -> date:
    """Return the first date in a file's name, or else the date of arrival (ISO) that the archive recorded."""
    return date_in_name(file_name) or datetime.fromisoformat(arrived_at).date()


def date_in_name(file_name: str) -> date | None:
    """Return the first date in a file's name, or None if it has none."""
    for match in DATE_IN_NAME.finditer(file_name):
        try:
            return date(int(match[1]), int(match[3]), int(match[4]))
        except ValueError:
            continue
    return None
