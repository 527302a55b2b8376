"""Normalises the characters of a cell: one width, one case, one kind of dash, arrow, quote and space."""

from __future__ import annotations

import re
import unicodedata

# A cell holds a line or two. Longer text is a pasted report and is not read (status 'unparsed').
MAX_TEXT_LENGTH = 500

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣⁃", "-"))
_PUNCTUATION = str.maketrans(
    {"、": ",", "。": ";", "|": ";", "\n": ";", "\r": ";", "∕": "/", "⁄": "/", "·": " ", "•": " ", "＊": "*"}
    | dict.fromkeys("\"'`´‘’“”", "")
    | dict.fromkeys("【《「", "(")
    | dict.fromkeys("】》」", ")")
)
_LETTERS = {"ø": "o", "æ": "ae", "ß": "ss", "ł": "l", "đ": "d", "œ": "oe", "ı": "i"}
_ENTITIES = (("&gt;", ">"), ("&amp;", "&"), ("&#62;", ">"))
_ELISION = re.compile(r"\b([dlnsmj]|qu|dell|nell|sull|all)['’`´](?=[a-z])")  # "l'exon", "dell'esone"
_ARROW = re.compile(r"(?:[-=~]{0,3}>{1,3}|[→⇒➔➜⟶›»])")
_SPACE = re.compile(r"\s+")
_CHINESE_NUMBERS = (("十五", "15"), ("十一", "11"), ("二", "2"), ("三", "3"), ("四", "4"))


def clean(text: str) -> str | None:
    """Return lower-case half-width text with single spaces, '' if blank, or None if longer than MAX_TEXT_LENGTH.

    >>> clean(" ｐ．（Ｇｌｙ１２Ａｓｐ） ")
    'p.(gly12asp)'
    >>> clean("35G → A")
    '35g > a'
    """
    text = text.strip()
    if len(text) > MAX_TEXT_LENGTH:
        return None
    text = unicodedata.normalize("NFKC", text).lower()
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    text = "".join(_plain(character) for character in text) if not text.isascii() else text
    text = _ELISION.sub(r"\1 ", text)
    text = text.translate(_DASHES).translate(_PUNCTUATION)
    if "外显子" in text:
        for chinese, digits in _CHINESE_NUMBERS:
            text = text.replace(f"{chinese}外显子", f"{digits}外显子").replace(f"{chinese}号", f"{digits}号")
            text = text.replace(f"外显子{chinese}", f"外显子{digits}")
    text = "".join(_visible(character) for character in text)
    text = _ARROW.sub(">", text)
    text = _SPACE.sub(" ", text).strip()
    return text if len(text) <= MAX_TEXT_LENGTH else None


def _plain(character: str) -> str:
    """Strip the accent from a Latin letter: 'muté' and 'påvist' become 'mute' and 'pavist'."""
    if not "\xc0" <= character <= "\u024f":
        return character
    base = unicodedata.normalize("NFD", character)[0]
    return _LETTERS.get(base, base)


def _visible(character: str) -> str:
    """Replace a control character by a space and remove zero-width and combining characters."""
    category = unicodedata.category(character)
    if category == "Cc":
        return " "
    return "" if category in {"Cf", "Mn", "Cs", "Co", "Cn"} else character
