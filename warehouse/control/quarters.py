"""Counts quarters: a quarter as a number, so that it can be compared and added to."""

import re
from datetime import date, timedelta

_QUARTER = re.compile(r"(\d{1,6})-Q([1-4])")
PER_YEAR = 4
MONTHS = 3


def number_of(quarter: str) -> int:
    """Return the number of a quarter like 2026-Q3.

    >>> number_of("2026-Q3") - number_of("2025-Q4")
    3
    """
    found = _QUARTER.fullmatch(quarter)
    if found is None:
        raise ValueError("a quarter is written like 2026-Q3")
    return PER_YEAR * int(found[1]) + int(found[2]) - 1


def number_of_day(day: date) -> int:
    """Return the number of the quarter that the day is in.

    >>> number_of_day(date(2026, 9, 30)) == number_of("2026-Q3")
    True
    """
    return PER_YEAR * day.year + (day.month - 1) // MONTHS


def name_of(number: int) -> str:
    """Return a quarter's name.

    >>> name_of(number_of("2026-Q3") + 2)
    '2027-Q1'
    """
    return f"{number // PER_YEAR}-Q{number % PER_YEAR + 1}"


def newest_complete(as_of: date, settled_days: float = 0) -> int:
    """Return the number of the newest quarter that ended more than `settled_days` before that day.

    >>> name_of(newest_complete(date(2026, 10, 1))), name_of(newest_complete(date(2026, 10, 30), settled_days=30))
    ('2026-Q3', '2026-Q2')
    """
    return number_of_day(as_of - timedelta(days=settled_days)) - 1
