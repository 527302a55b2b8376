"""Says what a cell of an OpenDocument spreadsheet shows: from its value, and from the text that the program stored.

The text is under the number format, in the language of the program. As in an .xlsx, zeros and words that the format
adds are kept, while rounding, thousands, currencies and powers of ten do not change the value.
"""

import re
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from warehouse.readers.workbook.number_formats import duration, iso_moment, number_text
from warehouse.readers.workbook.units import YEAR

ASIDE = ("office:annotation", "draw:frame", "draw:custom-shape", "text:ruby-text", "text:note")
"""Comments, pictures and readings inside a cell are not its text."""
PARAGRAPH, SPACE, TAB, BREAK = "text:p", "text:s", "text:tab", "text:line-break"
DAY_0 = date(1899, 12, 30)
WRAPPED = re.compile(r"[ \t]*[\r\n][ \t\r\n]*")
"""A line end in the XML is no line of the text. Blanks are kept: LibreOffice 7.4 itself writes some of them bare."""
TIME = re.compile(r"(-?)P(?:(\d+)D)?T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,]\d+)?S)?")
DRESSED = re.compile(r"(?P<before>[^\d]*)(?P<digits>\d(?:.*\d)?)(?P<after>[^\d]*)", re.DOTALL)
BARE = re.compile(r"[-+()\s€$£¥]*")
NO_WORDS = re.compile(r"-?\d+(?:[.,]\d+)?[eE][+-]?\d+|-?(?:\d+\s+)?\d+\s*/\s*\d+")
"""Powers of ten and fractions."""
PLACES = re.compile(r"[\d.,'’\s]+")


class Texts:
    """Collects the text of a cell in `found`: paragraphs are lines."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._n_paragraphs = self._aside = self._within = 0

    @property
    def found(self) -> str:
        """Return the text so far."""
        return "".join(self._parts)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Handle the start of an element inside the cell."""
        if self._aside or name in ASIDE:
            self._aside += 1
        elif name == PARAGRAPH:
            if self._n_paragraphs:
                self._parts.append("\n")
            self._n_paragraphs += 1
            self._within += 1
        elif name == SPACE:
            self._parts.append(" " * min(int(attributes.get("text:c", "1")), 1000))
        elif name in (TAB, BREAK):
            self._parts.append("\t" if name == TAB else "\n")

    def end(self, name: str) -> None:
        """Handle the end of an element inside the cell."""
        if self._aside:
            self._aside -= 1
        elif name == PARAGRAPH:
            self._within -= 1

    def text(self, data: str) -> None:
        """Handle a part of the text."""
        if self._within and not self._aside:
            self._parts.append(WRAPPED.sub(" ", data))


def shown_date(value: str, text: str, unit: str = "") -> tuple[str, bool]:
    """Return a date, or date and time where `text` shows a time, as ISO, and whether it is a cell of dates.

    A date of which only the year is shown is the year in a column of years. Day 0 comes from a lookup of an empty cell
    and is not a date. Fractions of a second are rounded away: a hair before midnight is the next day.
    """
    if unit == YEAR and len(text) == 4 and text.isdecimal():
        return text, True
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value, False
    if moment.date() == DAY_0:
        return "0", True
    if ":" not in text:
        moment = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    with suppress(OverflowError):  # on the last day of all
        moment = (moment + timedelta(microseconds=500_000)).replace(microsecond=0)
    return iso_moment(moment.isoformat()), True


def shown_percent(value: str, unit: str) -> str:
    """Return a share as per cent, without the sign where the column's name states it: 0.327 is 32.7%."""
    try:
        per_cent = number_text(str(Decimal(repr(float(value))) * 100))
    except (ValueError, InvalidOperation):
        return value
    return per_cent if unit == "%" else per_cent + "%"


def shown_duration(value: str) -> str:
    """Return a time of day or a duration: PT12H00M00S is 12:00:00, PT26H00M00S is 26:00:00."""
    found = TIME.fullmatch(value)
    if found is None:
        return value
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    text = duration(days + (hours * 3600 + minutes * 60 + seconds) / 86_400)
    return "-" + text if found[1] else text.rjust(8, "0")


def shown_number(value: str, text: str, unit: str = "") -> str:
    """Return a number in full, with the zeros and words that its format adds in `text`, but not its column's `unit`.

    >>> [shown_number(*pair) for pair in (("1017", "001017"), ("17", "P-0017"), ("12.345", "12,3"), ("17", "17,00 €"))]
    ['001017', 'P-0017', '12.345', '17']
    """
    plain, text = number_text(value), text.strip()
    if not text or BARE.fullmatch(text) or NO_WORDS.fullmatch(text):
        return plain
    found = DRESSED.fullmatch(text)
    if found is None:  # words alone
        return text
    before, digits, after = found["before"], found["digits"], found["after"]
    if unit and not before.strip() and after.strip().lower().removesuffix(".") == unit:
        return plain
    is_whole = plain.removeprefix("-").isdecimal()
    if BARE.fullmatch(before) and BARE.fullmatch(after):
        if not is_whole or (PLACES.fullmatch(digits) and not re.fullmatch(r"0\d+", digits)):
            return plain
        return text
    if is_whole and not PLACES.fullmatch(digits):
        return text
    number = digits if is_whole and digits.isdecimal() else plain.removeprefix("-") if "-" in before else plain
    return f"{before}{number}{after}".strip()
