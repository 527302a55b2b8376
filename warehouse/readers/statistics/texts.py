"""Writes numbers, dates and times as text, in SQL; each function takes SQL for a number and returns SQL for its text.

A number that cannot be such a date, and one outside the years 1 to 9999, becomes the text of the number itself.
"""

from datetime import date

FIRST_DAY = (date(1, 1, 1) - date(1970, 1, 1)).days
LAST_DAY = (date(9999, 12, 31) - date(1970, 1, 1)).days
DAY_S = 86_400
LARGEST_CLOCK_S = 10**10
FIRST_YEAR = 1960
"""The year from which Stata counts months, quarters, half-years and weeks."""
WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip


def number(value: str) -> str:
    """Give the shortest text that reads as the same number; whole numbers without a point: 101, 29.9."""
    return (
        f"CASE WHEN {value} = floor({value}) AND abs({value}) < 1e15 THEN CAST(CAST({value} AS BIGINT) AS VARCHAR) "
        f"WHEN isnan({value}) THEN NULL "
        f"WHEN {value} = floor({value}) AND abs({value}) < 1e38 THEN CAST(CAST({value} AS HUGEINT) AS VARCHAR) "
        f"ELSE CAST({value} AS VARCHAR) END"
    )


def day(days: str, value: str) -> str:
    """Give the date of a number of days since 1970, the time of day cut off: 2021-03-04."""
    return _guarded(days, f"CAST({_date(days)} AS VARCHAR)", value)


def moment(seconds: str, value: str) -> str:
    """Give the date and time of a number of seconds since 1970, to the millisecond; the date alone at midnight."""
    # a millisecond is what the largest of these numbers, seconds since 1582 as float64, can hold
    at = f"make_timestamp(CAST(round(({seconds}) * 1000) AS BIGINT) * 1000)"
    text = (
        f"CASE WHEN CAST({at} AS DATE) = {at} THEN CAST(CAST({at} AS DATE) AS VARCHAR) ELSE CAST({at} AS VARCHAR) END"
    )
    return _guarded(f"({seconds}) / {DAY_S}", text, value)


def clock(seconds: str, value: str) -> str:
    """Give a time of day or a duration as hours, minutes and seconds: 25:00:00, 00:01:30.5."""
    ms = f"CAST(round(abs({seconds}) * 1000) AS BIGINT)"
    return (
        f"CASE WHEN abs({seconds}) < {LARGEST_CLOCK_S} THEN CASE WHEN {seconds} < 0 THEN '-' ELSE '' END || "
        f"printf('%02d:%02d:%02d', {ms} // 3600000, {ms} // 60000 % 60, {ms} // 1000 % 60) || "
        f"CASE WHEN {ms} % 1000 = 0 THEN '' ELSE rtrim(printf('.%03d', {ms} % 1000), '0') END "
        f"ELSE {number(value)} END"
    )


def month_of(days: str, value: str) -> str:
    """Give the month of a number of days since 1970: 2021-03."""
    return _guarded(days, f"strftime({_date(days)}, '%Y-%m')", value)


def quarter_of(days: str, value: str) -> str:
    """Give the quarter of a number of days since 1970: 2021Q1."""
    return _guarded(days, f"printf('%04dQ%d', year({_date(days)}), quarter({_date(days)}))", value)


def week_of(days: str, value: str) -> str:
    """Give the week of a number of days since 1970, week 1 from 1 January, as SPSS counts: 2021w9."""
    date_of = _date(days)
    return _guarded(days, f"printf('%04dw%d', year({date_of}), (dayofyear({date_of}) - 1) // 7 + 1)", value)


def year_of(days: str, value: str) -> str:
    """Give the year of a number of days since 1970: 2021."""
    return _guarded(days, f"printf('%04d', year({_date(days)}))", value)


def period(value: str, per_year: int, form: str) -> str:
    """Give a count of periods since 1960 as year and period, by a form of printf: 734 months are 2021-03."""
    year = f"CAST({FIRST_YEAR} + floor({value} / {per_year}) AS BIGINT)"
    number_in_year = f"CAST({value} - {per_year} * floor({value} / {per_year}) AS BIGINT) + 1"
    limit = f"{value} BETWEEN {(1 - FIRST_YEAR) * per_year} AND {(10_000 - FIRST_YEAR) * per_year - 1}"
    return (
        f"CASE WHEN {limit} AND {value} = floor({value}) THEN printf('{form}', {year}, {number_in_year}) "
        f"ELSE {number(value)} END"
    )


def named(value: str, names: tuple[str, ...]) -> str:
    """Give the name of a number that counts from 1, as a day of the week: 1 is Sunday."""
    cases = " ".join(f"WHEN {value} = {i} THEN '{name}'" for i, name in enumerate(names, start=1))
    return f"CASE {cases} ELSE {number(value)} END"


def _date(days: str) -> str:
    return f"(DATE '1970-01-01' + CAST(floor({days}) AS INTEGER))"


def _guarded(days: str, text: str, value: str) -> str:
    return f"CASE WHEN {days} >= {FIRST_DAY} AND {days} < {LAST_DAY + 1} THEN {text} ELSE {number(value)} END"
