"""Shows a number under its format, as text that an export may contain.

A format that rounds, groups thousands, colours or names a currency does not change the value: the number is shown in
full. One that adds zeros or words makes 1017 the identifier 001017 or P-1017; percent shows 0.327 as 32.7 %; dates are
shown as dates.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from warehouse.readers.workbook.format_codes import Section, sections
from warehouse.readers.workbook.units import YEAR

EPOCH_1900, EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
LAST_SERIAL = 2_958_466
"""The first day after 9999-12-31 in the 1900 system."""
NO_SUCH_DAY = 60
"""Serial number of 29 February 1900, a day that exists in the 1900 system but not in the calendar."""
MOST_DIGITS = 400
COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
}


def number_text(stored: str) -> str:
    """Return the number in full: whole ones without a point, others in their shortest form; other text unchanged."""
    if stored.isdecimal() and (stored[0] != "0" or stored == "0") and stored.isascii():
        return stored
    try:
        exact = Decimal(stored.strip())
    except InvalidOperation:
        return stored
    if not exact.is_finite() or abs(exact.adjusted()) > MOST_DIGITS:
        return stored
    if exact == exact.to_integral_value():
        return str(int(exact))
    number = float(exact)
    return str(int(number)) if number.is_integer() else repr(number)


class NumberFormat:
    """A number format of a workbook: what `number` and `text` cells with it show."""

    def __init__(self, code: str, is_1904: bool):
        self._sections = sections(code)
        self._epoch = EPOCH_1904 if is_1904 else EPOCH_1900
        text = next((s for s in self._sections if s.has_text), None)
        self._around = (text.before, text.after) if text and text.has_text and (text.before or text.after) else None

    @property
    def is_plain(self) -> bool:
        """Return whether numbers and texts are shown as stored."""
        return self._around is None and all(section.kind == "plain" for section in self._sections)

    @property
    def shows_days(self) -> bool:
        """Return whether numbers are shown as days of the calendar."""
        return any(section.kind in ("date", "moment") for section in self._sections)

    def text(self, stored: str) -> str:
        """Return what a text cell shows: a format may put words before and after it."""
        return stored if self._around is None or not stored else stored.join(self._around)

    def number(self, stored: str, unit: str = "") -> str:
        """Return what a number cell shows, without a percent sign or word that is the column's own `unit`."""
        try:
            value = float(stored)
        except ValueError:
            return stored
        section = self._section_of(value)
        if section.kind == "plain":
            return number_text(stored)
        if section.kind == "percent":
            per_cent = number_text(str(Decimal(repr(value)) * 100))
            return per_cent if unit == "%" else per_cent + "%"
        if section.kind == "digits":
            return _dressed(section, stored, unit)
        if section.kind == "words":
            return section.before.strip()
        if section.kind == "duration":
            return duration(value)
        shown = self._moment(value, section.kind)
        return (shown[:4] if section.is_year and unit == YEAR else shown) if shown else number_text(stored)

    def _section_of(self, value: float) -> Section:
        asked = [s for s in self._sections if not s.has_text or len(self._sections) == 1]
        if any(section.condition for section in asked):
            for section in asked:
                if section.condition is None or COMPARE[section.condition[0]](value, section.condition[1]):
                    return section
            return asked[-1]
        if value < 0 and len(asked) > 1:
            return asked[1] if asked[1].pieces else asked[0]
        if value == 0 and len(asked) > 2:
            return asked[2] if asked[2].pieces else asked[0]
        return asked[0] if asked else self._sections[0]

    def _moment(self, serial: float, kind: str) -> str | None:
        """Return an ISO date, time or both, or None if the number is none of these.

        Day 0 of the 1900 system, which Excel shows as 00.01.1900, comes from a lookup of an empty cell and is not a
        date.
        """
        if not 0 <= serial < LAST_SERIAL or (int(serial) == NO_SUCH_DAY and self._epoch is EPOCH_1900):
            return None
        if serial < 1 and kind == "time":
            return (self._epoch + _time_of(serial)).time().isoformat()
        if serial < 1 and self._epoch is EPOCH_1900:
            return None
        before_march_1900 = serial < NO_SUCH_DAY and self._epoch is EPOCH_1900
        days = int(serial) + before_march_1900
        moment = self._epoch + timedelta(days=days) + _time_of(serial)
        if kind == "date" or moment.time() == datetime.min.time():
            return moment.date().isoformat()
        return moment.isoformat(sep=" ")


def iso_moment(stored: str) -> str:
    """Return what a cell stored as ISO 8601 shows: the date alone if the time is midnight."""
    try:
        moment = datetime.fromisoformat(stored.strip())
    except ValueError:
        return stored
    is_midnight = moment.time() == datetime.min.time()
    return date.isoformat(moment) if is_midnight else moment.isoformat(sep=" ")


def _time_of(serial: float) -> timedelta:
    return timedelta(milliseconds=round((serial - int(serial)) * 86_400_000))


def duration(days: float) -> str:
    """Return a length of time as Excel shows it: 1.5 days are 36:00:00."""
    seconds = round(abs(days) * 86_400)
    sign = "-" if days < 0 and seconds else ""
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _dressed(section: Section, stored: str, unit: str) -> str:
    """Return a number with the zeros and words that its format adds."""
    text = number_text(stored)
    if unit and not section.before.strip() and section.after.strip().lower().removesuffix(".") == unit:
        return text
    digits = text.removeprefix("-")
    if section.has_point or not digits.isdecimal():
        return f"{section.before}{text}{section.after}"
    n_places = sum(is_placeholder for is_placeholder, _ in section.pieces)
    padded = digits.rjust(n_places)
    shown, rest = [], list(padded[len(padded) - n_places :])
    over = padded[: len(padded) - n_places]
    for is_placeholder, piece in section.pieces:
        if not is_placeholder:
            shown.append(piece)
            continue
        digit = rest.pop(0)
        shown.append(over + (("0" if piece == "0" else "") if digit == " " else digit))
        over = ""
    sign = "-" if text.startswith("-") and section.condition is None and "-" not in section.before else ""
    return sign + "".join(shown).strip()
