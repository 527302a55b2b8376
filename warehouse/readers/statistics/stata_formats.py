"""Tells what the numbers of a Stata column stand for: days, milliseconds, weeks, ... since 1 January 1960.

A format with its own layout, as %tdDD/NN/CCYY, means the same as without. %tb, a calendar of business days that stands
in another file, is left as the number.
"""

import re
from datetime import UTC, date, datetime

from warehouse.readers.statistics import texts
from warehouse.readers.statistics.meanings import NUMBER, Meaning

ORIGIN_DAYS = (date(1970, 1, 1) - date(1960, 1, 1)).days
FORMAT = re.compile(r"%-?(?:t([dcCwmqhy])|(d))(.*)")
CLOCK_PARTS = re.compile(r"HH|Hh|hH|hh|MM|mm|SS|ss|\.s+|[aA]\.?[mM]\.?|!.|[_:,.\-/+ ]")
"""The parts of a layout that show the time of day: if there are no others, the column is a time."""
LEAP_SECONDS = (
    "1972-07-01", "1973-01-01", "1974-01-01", "1975-01-01", "1976-01-01", "1977-01-01", "1978-01-01", "1979-01-01",
    "1980-01-01", "1981-07-01", "1982-07-01", "1983-07-01", "1985-07-01", "1988-01-01", "1990-01-01", "1991-01-01",
    "1992-07-01", "1993-07-01", "1994-07-01", "1996-01-01", "1997-07-01", "1999-01-01", "2006-01-01", "2009-01-01",
    "2012-07-01", "2015-07-01", "2017-01-01",
)  # fmt: skip
"""The days before which a second was inserted (IERS Bulletin C): %tC counts those seconds, %tc does not."""


def _days(value: str) -> str:
    return f"(floor({value}) - {ORIGIN_DAYS})"


def _seconds(ms: str) -> str:
    return f"({ms} / 1000.0 - {ORIGIN_DAYS * texts.DAY_S})"


def _without_leap_seconds(value: str) -> str:
    """Return SQL that turns milliseconds of %tC into those of %tc."""
    origin = datetime(1960, 1, 1, tzinfo=UTC)
    begins = [(datetime.fromisoformat(f"{day}T00:00:00+00:00") - origin).total_seconds() for day in LEAP_SECONDS]
    passed = " + ".join(f"({value} >= {1000 * (int(s) + i)})::INTEGER" for i, s in enumerate(begins))
    return f"({value} - 1000 * ({passed}))"


MEANINGS = {
    "d": Meaning(lambda value: texts.day(_days(value), value), is_date=True),
    "c": Meaning(lambda value: texts.moment(_seconds(value), value), is_date=True),
    "C": Meaning(lambda value: texts.moment(_seconds(_without_leap_seconds(value)), value), is_date=True),
    "w": Meaning(lambda value: texts.period(value, 52, "%04dw%d")),
    "m": Meaning(lambda value: texts.period(value, 12, "%04d-%02d")),
    "q": Meaning(lambda value: texts.period(value, 4, "%04dQ%d")),
    "h": Meaning(lambda value: texts.period(value, 2, "%04dH%d")),
    "y": NUMBER,
}
"""The letter after %t -> its meaning; weeks are Stata's: week 1 begins on 1 January, a year has 52."""
TIME_OF_DAY = Meaning(lambda value: texts.clock(f"({value} / 1000.0)", value))


def meaning_of(format_name: str) -> Meaning:
    """Return the meaning of a format such as %td, %tcHH:MM or %9.0g."""
    found = FORMAT.fullmatch(format_name)
    if not found:
        return NUMBER
    kind, layout = found[1] or found[2], found[3]
    if kind == "c" and layout and not CLOCK_PARTS.sub("", layout):
        return TIME_OF_DAY
    return MEANINGS[kind]
