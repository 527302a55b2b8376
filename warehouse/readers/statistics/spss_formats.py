"""Tells what the numbers of an SPSS column stand for: seconds since 14 October 1582, or seconds of a day.

The day is the number of seconds rounded down to days, whatever the time of day: a DATE column may hold one.
"""

import re
from datetime import date

from warehouse.readers.statistics import texts
from warehouse.readers.statistics.meanings import NUMBER, Meaning
from warehouse.readers.statistics.texts import DAY_S

ORIGIN_DAYS = (date(1970, 1, 1) - date(1582, 10, 14)).days


def _days(value: str) -> str:
    return f"(floor({value} / {DAY_S}) - {ORIGIN_DAYS})"


DATE = Meaning(lambda value: texts.day(_days(value), value), is_date=True)
DATE_TIME = Meaning(lambda value: texts.moment(f"({value} - {ORIGIN_DAYS * DAY_S})", value), is_date=True)
CLOCK = Meaning(lambda value: texts.clock(value, value))
MEANINGS = {
    **dict.fromkeys(("DATE", "ADATE", "EDATE", "SDATE", "JDATE"), DATE),
    **dict.fromkeys(("DATETIME", "YMDHMS"), DATE_TIME),
    **dict.fromkeys(("TIME", "DTIME", "MTIME"), CLOCK),
    "MOYR": Meaning(lambda value: texts.month_of(_days(value), value)),
    "QYR": Meaning(lambda value: texts.quarter_of(_days(value), value)),
    "WKYR": Meaning(lambda value: texts.week_of(_days(value), value)),
    "WKDAY": Meaning(lambda value: texts.named(value, texts.WEEKDAYS)),
    "MONTH": Meaning(lambda value: texts.named(value, texts.MONTHS)),
}
"""A format's letters -> its meaning. SPSS shows WKDAY and MONTH only for numbers from 1 to 7 and from 1 to 12."""


def meaning_of(format_name: str) -> Meaning:
    """Return the meaning of a format such as DATE11, MOYR8 or F8.2."""
    letters = re.match(r"[A-Z]*", format_name.upper())
    return MEANINGS.get(letters[0] if letters else "", NUMBER)
