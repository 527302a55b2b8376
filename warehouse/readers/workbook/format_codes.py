"""Parses the code of a number format into sections with their kind, digits and words.

The grammar is that of ECMA-376 Part 1, 18.8.30 and 18.8.31.
"""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["plain", "date", "time", "moment", "duration", "percent", "digits", "words"]

TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_.|\*.|\[(?P<bracket>[^\]]*)\]|(?P<general>(?i:General|Standard))'
    r"|(?P<exponent>[eE][+-])|(?P<half>AM/PM|A/P|上午/下午)|(?P<date>[yYmMdDhHsSbBeEgG]+)|(?P<digit>[0#?])|(?P<sign>.)",
    re.DOTALL,
)
CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
ELAPSED = re.compile(r"[hH]+|[mM]+|[sS]+")
BARE = " -+()$€£¥"
"""Characters that only decorate a number at its ends: signs, brackets, currencies."""
BUILT_IN = {
    **dict.fromkeys((0, 11, 12, 13, 48, 49), "General"),
    **{1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%"},
    **dict.fromkeys((14, 15, 16, 17), "yyyy-mm-dd"),
    **dict.fromkeys((18, 19, 20, 21, 45, 47), "h:mm:ss"),
    **{22: "yyyy-mm-dd h:mm", 46: "[h]:mm:ss"},
    **dict.fromkeys((*range(27, 37), *range(50, 59), *range(71, 82)), "yyyy-mm-dd h:mm"),
    **{67: "0%", 68: "0.00%"},
}
"""Codes by number that a workbook does not spell out; 27 to 36, 50 to 58 and 71 to 81 are dates and times of Chinese,
Japanese, Korean and Thai workbooks."""


@dataclass(frozen=True)
class Section:
    """One of a code's sections. `pieces` are placeholders (0, #, ?) and words in order; `condition` is its bracket.

    A section of words alone ("yes";;"no") shows them instead of the number; one of signs ("-") only decorates a zero.
    """

    kind: Kind
    pieces: tuple[tuple[bool, str], ...] = ()
    condition: tuple[str, float] | None = None
    has_text: bool = False
    has_point: bool = False
    is_year: bool = False

    @property
    def before(self) -> str:
        """Return the words before the number or text."""
        words = []
        for is_placeholder, piece in self.pieces:
            if is_placeholder:
                break
            words.append(piece)
        return "".join(words)

    @property
    def after(self) -> str:
        """Return the words after the number or text."""
        words = []
        for is_placeholder, piece in reversed(self.pieces):
            if is_placeholder:
                break
            words.append(piece)
        return "".join(reversed(words))


def sections(code: str) -> tuple[Section, ...]:
    """Return the code's sections in order: positive, negative, zero, text; or by their conditions."""
    found: list[list[re.Match[str]]] = [[]]
    for token in TOKEN.finditer(code):
        if token["sign"] == ";":
            found.append([])
        else:
            found[-1].append(token)
    return tuple(_section(tokens) for tokens in found)


def _section(tokens: list[re.Match[str]]) -> Section:
    pieces: list[tuple[bool, str]] = []
    letters, is_elapsed, condition = "", False, None
    has_percent = has_point = is_scaled = is_general = has_text = False
    for token in tokens:
        bracket = token["bracket"]
        if bracket is not None:
            if asked := CONDITION.fullmatch(bracket):
                condition = asked[1], float(asked[2])
            is_elapsed |= bool(ELAPSED.fullmatch(bracket))
        elif (quoted := token["quoted"]) is not None or (quoted := token["escaped"]) is not None:
            pieces.append((False, quoted))
        elif token["digit"]:
            pieces.append((True, token["digit"]))
            is_scaled = False
        elif token["general"]:
            pieces.append((True, "#"))
            is_general = True
        elif token["date"] or token["half"]:
            letters += (token["date"] or "h").lower()
        elif token["exponent"]:
            is_general = True
        elif sign := token["sign"]:
            has_percent |= sign == "%"
            has_text |= sign == "@"
            has_point |= sign == "."
            is_scaled |= sign == ","
            if sign == "@":
                pieces.append((True, "@"))
            elif sign not in "%.,":
                pieces.append((False, sign))
    kind = _kind(letters, is_elapsed, has_percent, bool(is_scaled or has_point or is_general), pieces)
    is_year = bool(letters) and set(letters) <= set("ye")
    return Section(kind, tuple(pieces), condition, has_text, has_point or is_general or is_scaled, is_year)


def _kind(letters: str, is_elapsed: bool, is_percent: bool, is_free: bool, pieces: list[tuple[bool, str]]) -> Kind:
    if is_elapsed:
        return "duration"
    if letters:
        shows_time = any(letter in "hs" for letter in letters)
        shows_day = any(letter in "ydebg" for letter in letters) or not shows_time
        return ("moment" if shows_day else "time") if shows_time else "date"
    if is_percent:
        return "percent"
    if (False, "/") in pieces and any(piece in "?#" for _, piece in pieces):
        return "plain"  # a fraction
    if not any(is_placeholder for is_placeholder, _ in pieces):
        words = "".join(piece for _, piece in pieces)
        return "words" if any(letter.isalnum() for letter in words) else "plain"
    n_zeros = sum(is_placeholder and piece == "0" for is_placeholder, piece in pieces)
    if _is_dressed(pieces) or (n_zeros > 1 and not is_free):
        return "digits"
    return "plain"


def _is_dressed(pieces: list[tuple[bool, str]]) -> bool:
    """Return whether the words carry meaning: any letter or digit, or any sign between the digits."""
    places = [place for place, (is_placeholder, _) in enumerate(pieces) if is_placeholder]
    if not places:
        return False
    for place, (is_placeholder, piece) in enumerate(pieces):
        is_inside = places[0] < place < places[-1]  # a space there separates thousands
        if not is_placeholder and ((is_inside and piece.strip()) or any(sign not in BARE for sign in piece.strip())):
            return True
    return False
