"""Says texts that are put together from phrases, as a page has them: labels, cells, captions and sentences.

A text is known if the catalogue has it, or if it is made of what is known: a template and its values, sentences one
after the other, or parts with a sign in between. A text of which a part is unknown stays English as a whole.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

from languages.catalogue import REPORT, catalogue
from languages.known import ENGLISH, LANGUAGES
from languages.language import WITHOUT_BLANKS, language
from languages.templates import fields_of

NAMES = (
    *(
        "site",
        "name",
        "names",
        "release",
        "code",
        "version",
        "versions",
        "libraries",
        "file",
        "place",
        "quarter",
        "day",
    ),
    *("rule", "export", "delivery", "was", "now", "id", "method"),
)
"""Values that are names or days: they stay, but for the order of a day."""
TITLES = ("title", "text", "label", "reason", "kind", "formula")
"""Values that stay if they are not known: somebody may have written them."""
NUMBERS = (
    *("n", "k", "all", "share", "ratio", "range", "lower", "upper", "points", "p", "months", "low", "high"),
    *("small", "holm", "few", "none", "outside", "mutant", "wild", "here", "there"),
)
"""Values that are numbers, or intervals of them."""
A_NUMBER, ONE_NUMBER = r"(?:NR|[\d.,()\[\] \u2013\u2212+<>%/\u2265\u2264-])+?", r"[\d,.]+"
A_TITLE, A_PHRASE = "[^.;]", r"(?:(?!\. ).)"
"""What a value can be. None goes beyond its sentence."""
FIGURES = re.compile(r"(?:NR|[\d\s()\[\]{}.,;:<>=\u2265\u2264+\u00b1*%/\u2013\u2212-])+")
NUMBER = re.compile(r"(?<![\d.,])\d[\d,]*(?:\.\d+)?(?![\d.]*\d)")
NAME = re.compile(r"[A-Z0-9][A-Z0-9_./+*-]*|\S*[_/\\]\S*|\d{4}-Q\d|[a-z]|\S+\.[a-z]{2,4}|[a-z]+[-\d][a-z\d-]*")
"""What is a name by its form: KRAS, LTP, GEN-03, n_lesions, patients/2026-01-31.csv, 2026-Q1, site-1, n, p."""
MOMENT = re.compile(r"(\d{1,2} [A-Z][a-z]+ \d{4}), (\d\d:\d\d UTC)")
STOP = re.compile(r"(?<=[.?!]) ")
SEPARATORS = ("; ", ": ", ", ", " / ", " \u00d7 ", " and ")
SIGNS: Mapping[str, Mapping[str, str]] = {
    "fr": {"; ": "\u00a0; ", ": ": "\u00a0: "},
    "zh": {"; ": "；", ": ": "：", ", ": "，", ".": "。", " (": "（", ")": "）"},
}
"""How a language writes the signs between parts, where not as English does."""
FEW_LETTERS, LONG = 8, 160
"""A template of few letters besides its values, such as {k} of {n}, is looked for in short texts only."""
WITH_LARGE_NOUNS = ("de",)
PERCENT_TOUCHES = ("it", "nl", "zh")
"""Languages that write no blank before the sign of per cent."""
BEFORE_SIGN = re.compile(r" (?=[;:!?\u00bb](?:\s|$))|(?<=\u00ab) ")


class Template(NamedTuple):
    """A sentence with values: how it begins, its longest part, to look for first, its patterns, and what is said."""

    begins: str
    holds: str
    patterns: tuple[str, ...]
    said: str
    is_short: bool


class Phrases:
    """The texts of a page in one language. English says everything as it is."""

    def __init__(self, code: str):
        self.code = code
        self._language = language(code)
        own = {} if code == ENGLISH else catalogue(code, REPORT)
        self._said = {} if code == ENGLISH else catalogue(code) | own
        found = ((english, self._said[english]) for english in own if "{" in english)
        self._templates = [_template(*one) for one in sorted(found, key=lambda one: -_letters(one[0]))]
        self._read: dict[str, str | None] = {}

    @property
    def is_english(self) -> bool:
        """Whether texts stay as they are."""
        return self.code == ENGLISH

    def say(self, text: str) -> str:
        """Return the text in the language, or as it is if a part of it is unknown."""
        if self.is_english or not text:
            return text
        known = self._known(text)
        return self._tidy(known) if known is not None else self._language.say(text)

    def knows(self, text: str) -> bool:
        """Return whether the text is said, not only handed on."""
        return self._known(text) is not None or self._language.say(text) != text

    def _known(self, text: str) -> str | None:
        text = text.replace("\u00a0", " ")
        if text not in self._read:
            self._read[text] = None  # a text is no part of itself
            self._read[text] = self._found(text)
        return self._read[text]

    def _found(self, text: str) -> str | None:
        bare = text.strip()
        if bare != text:
            found = self._known(bare) if bare else ""
            return None if found is None else text.replace(bare, found, 1) if bare else text
        if (whole := self._whole(text)) is not None:
            return whole
        return self._sentences(text) if STOP.search(text) else self._parts(text)

    def _whole(self, text: str) -> str | None:
        """Return what is known as it stands, or is a template, a number, a day or a name."""
        if text in self._said:
            return self._said[text]
        if f"{text}." in self._said:
            return self._said[f"{text}."].rstrip(".\u3002")
        if FIGURES.fullmatch(text):
            return self._figures(text)
        lower = text[:1].lower() + text[1:]
        if lower != text and lower in self._said:
            return _begun(self._said[lower])
        upper = text[:1].upper() + text[1:]
        if upper != text and upper in self._said:
            return self._within(self._said[upper])
        if found := MOMENT.fullmatch(text):
            return f"{self._language.day(datetime.strptime(found[1], '%d %B %Y').date())}, {found[2]}"
        for template in self._templates:
            if len(text) > LONG and template.is_short:
                continue
            if text.startswith(template.begins) and template.holds in text:
                for pattern in template.patterns:
                    if (match := _compiled(pattern).fullmatch(text)) and (
                        said := self._filled(template, match.groupdict())
                    ):
                        return _begun(said) if text[0].isupper() and template.said.startswith("{") else said
        return text if NAME.fullmatch(text) else None

    def _within(self, text: str) -> str:
        """Return a heading's words within a sentence; German writes its nouns large there too."""
        return text if self.code in WITH_LARGE_NOUNS or not text[1:2].islower() else text[:1].lower() + text[1:]

    def _figures(self, text: str) -> str:
        day = self._language.day(text)
        if day != text:
            return day
        numbers = NUMBER.sub(lambda found: self._language.number(found[0]), text)
        if self._language.writing.decimal == ",":
            numbers = re.sub(r"(?<=\d), (?=\d)", "; ", numbers)
        return numbers.replace("NR", self._said.get("NR", "NR"))

    def _filled(self, template: Template, values: Mapping[str, str]) -> str | None:
        said = []
        for text, name, _ in fields_of(template.said):
            said.append(text)
            if name:
                value = self._value(name, values[name])
                if value is None:
                    return None
                said.append(value)
        return "".join(said)

    def _value(self, name: str, text: str) -> str | None:
        kind = _kind(name)
        if kind in NAMES:
            return self._language.day(text)
        found = self._known(text)
        return text if found is None and kind in TITLES else found

    def _sentences(self, text: str) -> str | None:
        """Return sentences that follow one another, each as short as can be known."""
        for stop in STOP.finditer(text):
            end = stop.start()
            first = self._known(text[:end]) if not STOP.search(text, 0, end) else self._whole(text[:end])
            rest = self._known(text[end + 1 :]) if first is not None else None
            if rest is not None:
                return f"{first}{'' if self.code in WITHOUT_BLANKS else ' '}{rest}"
        return None

    def _parts(self, text: str) -> str | None:
        """Return parts with a sign in between, or with a part in brackets at the end."""
        signs = SIGNS.get(self.code, {})
        if text.endswith(".") and (found := self._known(text[:-1])) is not None:
            return found + signs.get(".", ".")
        for separator in SEPARATORS:
            parts = _split(text, separator)
            if len(parts) > 1 and (said := self._all(parts)) is not None:
                sign = signs.get(separator, separator)
                return (f" {self._said.get('and', 'and')} " if separator == " and " else sign).join(said)
        start = _opening(text)
        if start > 0:
            said = self._all((text[:start], text[start + 2 : -1]))
            return None if said is None else f"{said[0]}{signs.get(' (', ' (')}{said[1]}{signs.get(')', ')')}"
        return None

    def _all(self, parts: Sequence[str]) -> list[str] | None:
        said = []
        for part in parts:
            if (found := self._known(part)) is None:
                return None
            said.append(found)
        return said

    def _tidy(self, text: str) -> str:
        """Return the text with the language's blanks before signs."""
        if self.code in PERCENT_TOUCHES:
            text = re.sub(r"(?<=\d)[ \u00a0]%", "%", text)
        return BEFORE_SIGN.sub("\u00a0", text) if self.code == "fr" else text


def _template(english: str, said: str) -> Template:
    parts = fields_of(english)
    literals = [text for text, _, _ in parts]
    has_choice = sum(bool(name) for _, name, _ in parts) > 1
    chosen = tuple(_pattern(parts, most) for most in ("+?", "+")[: 1 + has_choice])
    return Template(literals[0], max(literals, key=len), chosen, said, _letters(english) < FEW_LETTERS)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _pattern(parts: Sequence[tuple[str, str | None, str]], most: str) -> str:
    """Return the pattern of a template. A phrase ends where what follows it first (or last) fits, and nowhere else: so
    a long text that is none costs little.
    """
    pattern, seen, is_open = "", set(), False
    for text, name, spec in parts:
        pattern += re.escape(text)
        if not name:
            continue
        value, is_phrase = _pattern_of(name, spec)
        if is_phrase:
            pattern += ")(?>" if is_open else "(?>"
            is_open, value = True, value + most
        pattern += f"(?P={name})" if name in seen else f"(?P<{name}>{value})"
        seen.add(name)
    return f"{pattern}$)" if is_open else pattern


def _pattern_of(name: str, spec: str) -> tuple[str, bool]:
    """Return the pattern of a value, and whether it is a phrase, whose end is open."""
    kind = _kind(name)
    if spec:
        return ONE_NUMBER, False
    return (A_NUMBER, False) if kind in NUMBERS else (A_TITLE if kind in TITLES else A_PHRASE, True)


def _kind(name: str) -> str:
    return name.rstrip("0123456789")


def _letters(template: str) -> int:
    return sum(len(text) for text, _, _ in fields_of(template))


def _begun(text: str) -> str:
    """Return the text as the beginning of a sentence."""
    return text[:1].upper() + text[1:] if text[1:2].islower() else text


def _split(text: str, separator: str) -> list[str]:
    """Return the parts of the text at the separator, outside brackets; at ': ' the first part and the rest."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter in "([") - (letter in ")]")
        if not depth and text.startswith(separator, place):
            parts.append(text[start:place])
            start = place + len(separator)
            if separator == ": ":
                break
    return [*parts, text[start:]]


def _opening(text: str) -> int:
    """Return where ' (' opens the bracket that ends the text; -1 if none does."""
    if not text.endswith(")"):
        return -1
    depth = 0
    for place in range(len(text) - 1, 0, -1):
        depth += (text[place] == ")") - (text[place] == "(")
        if not depth:
            return place - 1 if text[place - 1] == " " else -1
    return -1


@cache
def phrases(code: str) -> Phrases:
    """Return the phrases of the language; English for a code without a catalogue."""
    return Phrases(code if code in LANGUAGES else ENGLISH)
