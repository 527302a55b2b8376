"""Tells what the numbers of a SAS column stand for: days or seconds since 1 January 1960, or seconds of a day.

A format that shows a month, quarter or year gives that, even if the number is a day: the file's owner means no more.
"""

import re
from datetime import date

from warehouse.readers.statistics import texts
from warehouse.readers.statistics.meanings import NUMBER, Meaning
from warehouse.readers.statistics.texts import DAY_S

ORIGIN_DAYS = (date(1970, 1, 1) - date(1960, 1, 1)).days
FORMAT = re.compile(r"([A-Z][A-Z0-9_]*?[A-Z_])(?:\d+(?:\.\d*)?)?\.?")
SEPARATORS = ("", "B", "C", "D", "N", "P", "S")
"""Blank, colon, hyphen, none, period, slash: a letter after the format's name says what stands between the parts."""


def _with_separators(*names: str) -> list[str]:
    return [name + separator for name in names for separator in SEPARATORS]


def _days(value: str) -> str:
    return f"(floor({value}) - {ORIGIN_DAYS})"


def _days_of_seconds(value: str) -> str:
    return f"(floor({value} / {DAY_S}) - {ORIGIN_DAYS})"


DATE = Meaning(lambda value: texts.day(_days(value), value), is_date=True)
DATE_OF_DATE_TIME = Meaning(lambda value: texts.day(_days_of_seconds(value), value), is_date=True)
DATE_TIME = Meaning(lambda value: texts.moment(f"({value} - {ORIGIN_DAYS * DAY_S})", value), is_date=True)
CLOCK = Meaning(lambda value: texts.clock(value, value))
TIME_OF_DAY = Meaning(lambda value: texts.clock(f"({value} - {DAY_S} * floor({value} / {DAY_S}))", value))
DATES = (
    "DATE", "WEEKDATE", "WEEKDATX", "WORDDATE", "WORDDATX", "JULIAN", "E8601DA", "B8601DA", "IS8601DA", "NLDATE",
    "NLDATEL", "NLDATEM", "NLDATES", "NLDATEW", "EURDFDD", "EURDFDE", "EURDFWDX", "EURDFWKX",
)  # fmt: skip
DATE_TIMES = (
    "DATETIME", "DATEAMPM", "MDYAMPM", "E8601DT", "B8601DT", "IS8601DT", "E8601DZ", "B8601DZ", "IS8601DZ", "EURDFDT",
    "NLDATM", "NLDATML", "NLDATMM", "NLDATMS", "NLDATMW",
)  # fmt: skip
MEANINGS = {
    **dict.fromkeys(
        [*DATES, *_with_separators("DDMMYY", "MMDDYY", "YYMMDD")],
        DATE,
    ),
    **dict.fromkeys(("DTDATE", "E8601DN", "B8601DN", "IS8601DN", "DTWKDATX"), DATE_OF_DATE_TIME),
    **dict.fromkeys(
        DATE_TIMES,
        DATE_TIME,
    ),
    **dict.fromkeys(("TIME", "HHMM", "HOUR", "MMSS", "TIMEAMPM", "E8601TM", "B8601TM", "IS8601TM", "NLTIME"), CLOCK),
    "TOD": TIME_OF_DAY,
    **dict.fromkeys(
        ["MONYY", "YYMON", *_with_separators("MMYY", "YYMM")],
        Meaning(lambda value: texts.month_of(_days(value), value)),
    ),
    "DTMONYY": Meaning(lambda value: texts.month_of(_days_of_seconds(value), value)),
    **dict.fromkeys(_with_separators("YYQ"), Meaning(lambda value: texts.quarter_of(_days(value), value))),
    "DTYYQC": Meaning(lambda value: texts.quarter_of(_days_of_seconds(value), value)),
    "YEAR": Meaning(lambda value: texts.year_of(_days(value), value)),
    "DTYEAR": Meaning(lambda value: texts.year_of(_days_of_seconds(value), value)),
}
"""A format's name without its width -> its meaning. DTDATE and E8601DN show only the date, of a number of seconds."""


def meaning_of(format_name: str) -> Meaning:
    """Return the meaning of a format such as DATE9, E8601DT or BEST12."""
    found = FORMAT.fullmatch(format_name.upper())
    return MEANINGS.get(found[1], NUMBER) if found else NUMBER
