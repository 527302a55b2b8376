"""Writes numbers and dates as a language does, and reads them back from a sheet in that language.

Reading never guesses: what has more than one meaning in the language is refused by name. A cell that a spreadsheet
itself holds as a number or date has been read as 1234.5 and 2026-01-31 already, and stays so.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

from schemas.said import Said

ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
TWO_MEANINGS = (
    "The corrected value can be read as two numbers; write it with {sign} before the decimals, without other signs."
)
NO_DAY = "The corrected value is no date; write it like {example}."
EXAMPLE = date(2026, 12, 31)


@dataclass(frozen=True)
class Writing:
    """How a language writes: its signs in numbers, and the order of day, month and year ("dd.MM.y")."""

    decimal: str
    group: str
    day_pattern: str

    @property
    def excel_day(self) -> str:
        """Return the number format of a date in a workbook, which is written in English letters."""
        return re.sub("y+", "yyyy", self.day_pattern.lower())

    def day(self, day: date) -> str:
        """Return the day as numbers, the year in full: 31.12.2026."""
        parts = {"y": f"{day.year:04}", "MM": f"{day.month:02}", "M": str(day.month)}
        parts |= {"dd": f"{day.day:02}", "d": str(day.day)}
        return re.sub(r"y+|M+|d+", lambda found: parts["y" if "y" in found[0] else found[0]], self.day_pattern)

    def number(self, text: str) -> str:
        """Return an English number, 1,234.5, in the signs of the language."""
        return text.translate({ord(","): self.group, ord("."): self.decimal})

    def read_number(self, text: str) -> str:
        """Return the number with a decimal point, or the text as it is if it is none. ValueError (of a sentence) if it
        has two meanings: 1.234 where the point parts thousands.
        """
        if self.decimal == "." or not re.search(r"\d", text):
            return text
        number = text.replace("\N{MINUS SIGN}", "-")
        if re.fullmatch(r"[+-]?\d{1,3}([.]\d{3})+", number):
            raise ValueError(Said(TWO_MEANINGS, sign=f"'{self.decimal}'"))
        grouped = rf"[+-]?\d{{1,3}}([{re.escape(self.group)}. ]\d{{3}})+{self.decimal}\d+"
        if re.fullmatch(rf"[+-]?\d+{self.decimal}\d+", number):
            return number.replace(self.decimal, ".")
        if re.fullmatch(grouped, number):
            return re.sub(r"[^\d+,-]", "", number).replace(self.decimal, ".")
        return text

    def read_day(self, text: str) -> str:
        """Return the date as YYYY-MM-DD, or the text as it is if it is no date in numbers. ValueError (of a sentence)
        if it has the form of the language but is no day of the calendar.
        """
        order = [part[0] for part in re.findall(r"y+|M+|d+", self.day_pattern)]
        signs = re.findall(r"[^yMd]+", self.day_pattern)
        digits = {"y": r"(\d{4})", "M": r"(\d{1,2})", "d": r"(\d{1,2})"}
        pattern = digits[order[0]] + "".join(re.escape(s) + digits[o] for s, o in zip(signs, order[1:], strict=False))
        if not (found := re.fullmatch(pattern, text)):
            return text
        parts = dict(zip(order, map(int, found.groups()), strict=True))
        try:
            return date(parts["y"], parts["M"], parts["d"]).isoformat()
        except ValueError:
            raise ValueError(Said(NO_DAY, example=self.day(EXAMPLE))) from None


@cache
def writing(code: str) -> Writing:
    """Return how the language writes, as Babel's data of the locale say; English, as the tables are written."""
    if code == "en":
        return Writing(".", ",", "yyyy-MM-dd")
    from babel import Locale
    from babel.numbers import get_decimal_symbol, get_group_symbol

    locale = Locale.parse(code)
    pattern = locale.date_formats["short"].pattern
    return Writing(get_decimal_symbol(locale), get_group_symbol(locale), pattern)
