"""Says English texts in a language: whole sentences, words of a list, numbers and dates."""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from languages.catalogue import catalogue
from languages.known import ENGLISH, LANGUAGES
from languages.templates import Templates, fields_of
from languages.written import ISO_DAY, Writing, writing
from schemas.said import Said

WITHOUT_BLANKS = ("zh",)
"""Languages that write sentences without a blank in between."""
SPOKEN = ("answer", "message", "reason", "sign", "signs", "label", "unit")
"""Values that are words or sentences themselves."""
FIGURES = ("share", "limit", "lower", "upper", "center", "pct")
"""Values that are numbers with decimals. Every other value without a format is a name, a word or a day."""
LISTED = re.compile("(, |; )")
ENGLISH_NUMBER = re.compile(r"[+\N{MINUS SIGN}-]?\d[\d,]*(\.\d+)?")


class Language:
    """One language. English says everything as it is."""

    def __init__(self, code: str):
        self.code = code
        self._said = catalogue(code) if code != ENGLISH else {}
        self._read: dict[str, str] = {}
        self._templates: Templates | None = None

    @property
    def is_english(self) -> bool:
        """Whether texts stay as they are."""
        return self.code == ENGLISH

    @property
    def writing(self) -> Writing:
        """How the language writes numbers and dates."""
        return writing(self.code)

    def word(self, text: str) -> str:
        """Return a heading, an answer or another fixed text; one that the catalogue lacks as it is."""
        return self._said.get(text, text)

    def say(self, text: str) -> str:
        """Return one sentence or several. A text with a part that the catalogue lacks stays English as a whole, such as
        the sentence of a registry's own rule: half of each would help nobody.
        """
        if self.is_english or not text:
            return str(text)
        if isinstance(text, Said) and text.template in self._said:
            return self._filled(self._said[text.template], text.values)
        if text not in self._read:
            self._templates = self._templates or Templates(self._said)
            found = self._templates.read(text)
            between = "" if self.code in WITHOUT_BLANKS else " "
            said = found and between.join(self._filled(self._said[one], values) for one, values in found)
            self._read[text] = said or str(text)
        return self._read[text]

    def said(self, text: str) -> str:
        """Return what the registry itself said; what a person wrote as it is."""
        return self.say(text) if isinstance(text, Said) else text

    def day(self, day: date | str) -> str:
        """Return a day as the language writes it; text that is no YYYY-MM-DD as it is."""
        if isinstance(day, str):
            if not ISO_DAY.fullmatch(day):
                return day
            day = date.fromisoformat(day)
        return self.writing.day(day)

    def number(self, text: str) -> str:
        """Return a number that is written in English as the language writes it, any other text as it is."""
        return self.writing.number(text) if ENGLISH_NUMBER.fullmatch(text) else text

    def _filled(self, template: str, values: Mapping[str, Any]) -> str:
        return "".join(
            text + (self._value(name, spec, values[name]) if name else "") for text, name, spec in fields_of(template)
        )

    def _value(self, name: str, spec: str, value: Any) -> str:
        if spec:
            return self.number(value if isinstance(value, str) else format(value, spec))
        text = str(value)
        if name in FIGURES:
            return self.number(text)
        if name in SPOKEN or " " in text:
            whole = self.word(text) if text in self._said else self.say(text)
            if whole != text:
                return whole
            return "".join(self.say(one) if " " in one else one for one in LISTED.split(text))
        return self.day(text)


@cache
def language(code: str) -> Language:
    """Return the language; English for a code without a catalogue."""
    return Language(code if code in LANGUAGES else ENGLISH)


IN_ENGLISH = language(ENGLISH)
