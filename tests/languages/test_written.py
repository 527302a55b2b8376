"""Tests how numbers and dates are written in a language, and what is read back from a sheet in it."""

from datetime import date

import pytest

from languages.written import writing
from schemas.said import Said

DAYS = {"en": "2026-01-05", "de": "05.01.2026", "fr": "05/01/2026", "es": "5/1/2026"}
DAYS |= {"it": "05/01/2026", "nl": "05-01-2026", "zh": "2026/1/5"}
EXCEL = {"en": "yyyy-mm-dd", "de": "dd.mm.yyyy", "fr": "dd/mm/yyyy", "es": "d/m/yyyy"}
EXCEL |= {"it": "dd/mm/yyyy", "nl": "dd-mm-yyyy", "zh": "yyyy/m/d"}
NUMBERS = [
    *(("de", "1,5", "1.5"), ("de", "1.234,5", "1234.5"), ("de", "-0,25", "-0.25"), ("de", "12.5", "12.5")),
    *(("de", "1234", "1234"), ("de", "1.234", None), ("de", "1.234.567", None), ("de", "1,234,567", "1,234,567")),
    *(("fr", "1\u202f234,5", "1234.5"), ("fr", "1 234,5", "1234.5"), ("it", "1.234", None), ("nl", "2,0", "2.0")),
    *(("es", "mucho", "mucho"), ("en", "1,5", "1,5"), ("en", "1.234", "1.234"), ("zh", "1.234", "1.234")),
]
READ = [
    *(("de", "31.12.2026", "2026-12-31"), ("de", "1.2.2026", "2026-02-01"), ("de", "31.02.2026", None)),
    *(("de", "2026-12-31", "2026-12-31"), ("de", "31/12/2026", "31/12/2026"), ("de", "31.12.26", "31.12.26")),
    *(("fr", "31/12/2026", "2026-12-31"), ("es", "1/2/2026", "2026-02-01"), ("it", "01/02/2026", "2026-02-01")),
    *(("nl", "31-12-2026", "2026-12-31"), ("zh", "2026/12/31", "2026-12-31"), ("en", "31.12.2026", "31.12.2026")),
    *(("en", "01/02/2026", "01/02/2026"), ("de", "gestern", "gestern")),
]


@pytest.mark.parametrize("code", DAYS)
def test_a_day_is_written_as_the_language_does(code: str) -> None:
    """A day is written in numbers with the whole year, in the order of the language; a workbook's format as well."""
    assert writing(code).day(date(2026, 1, 5)) == DAYS[code]
    assert writing(code).excel_day == EXCEL[code]


@pytest.mark.parametrize(("code", "text", "number"), NUMBERS)
def test_a_number_is_read_as_the_language_writes_it(code: str, text: str, number: str | None) -> None:
    """A decimal comma is read where the language has one, and never in an English sheet; what can be a thousand or a
    decimal is refused; what is no number stays as it is, for the rules to judge.
    """
    if number is None:
        with pytest.raises(ValueError) as refused:
            writing(code).read_number(text)
        assert isinstance(refused.value.args[0], Said)
    else:
        assert writing(code).read_number(text) == number


@pytest.mark.parametrize(("code", "text", "day"), READ)
def test_a_date_is_read_as_the_language_writes_it(code: str, text: str, day: str | None) -> None:
    """A date in numbers is read in the order of the language, never guessed in an English sheet; a day that no calendar
    has is refused.
    """
    if day is None:
        with pytest.raises(ValueError):
            writing(code).read_day(text)
    else:
        assert writing(code).read_day(text) == day


@pytest.mark.parametrize("code", DAYS)
def test_what_is_written_is_read_back(code: str) -> None:
    """A day that the language writes is read back as the same day."""
    assert writing(code).read_day(writing(code).day(date(2026, 11, 3))) == "2026-11-03"
