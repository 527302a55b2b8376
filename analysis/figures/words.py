"""The words inside a drawing, in the language of the page that it is drawn for; English unless a page says otherwise.

A PNG needs a font with the language's letters. Where the machine has none, the picture keeps its English words; the
SVG, which a browser draws with the reader's fonts, does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from analysis.figures.style import FONT, is_wide

if TYPE_CHECKING:
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

WITH_CHINESE = (
    *("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "WenQuanYi Micro Hei"),
    *("WenQuanYi Zen Hei", "Microsoft YaHei", "PingFang SC", "Hiragino Sans GB", "SimHei", "Droid Sans Fallback"),
)
"""Fonts that have Chinese letters, the best first."""


class Speaker(NamedTuple):
    """Says English words in a language."""

    code: str
    say: Callable[[str], str]


_SPEAKER: ContextVar[Speaker | None] = ContextVar("speaker", default=None)
_ENGLISH: dict[str, str] = {}
"""What a picture shows in place of words that no font here has."""


@contextmanager
def spoken_by(speaker: Speaker | None) -> Iterator[None]:
    """Inside the block, drawings have the speaker's words; English ones without a speaker."""
    token = _SPEAKER.set(speaker)
    try:
        yield
    finally:
        _SPEAKER.reset(token)


def language_of_words() -> str:
    """Return the language of the words of a drawing that is made now; '' for English."""
    speaker = _SPEAKER.get()
    return speaker.code if speaker else ""


def in_drawable_words(make: Callable[[], Figure]) -> Figure:
    """Make a figure that is for pixels alone: in English if no font here has the letters of the language."""
    speaker = _SPEAKER.get()
    with spoken_by(speaker if speaker and can_draw(speaker.say("Patients")) else None):
        return make()


def said(text: str) -> str:
    """Return the words as the drawing shows them. Words are said once: a number in another language is none here."""
    speaker = _SPEAKER.get()
    if speaker is None or not text:
        return text
    words = speaker.say(text)
    instead_of(words, text)
    return words


def said_ticks(axis: Axis) -> None:
    """Write the numbers of an axis as the language does; English ones are left as they are."""
    speaker = _SPEAKER.get()
    if speaker is None:
        return
    from matplotlib.ticker import FuncFormatter

    axis.set_major_formatter(FuncFormatter(lambda value, _: speaker.say(f"{value:g}".replace("-", "\N{MINUS SIGN}"))))


def instead_of(words: str, english: str) -> None:
    """Note what a picture shows in place of words that no font here has."""
    if not can_draw(words):
        _ENGLISH[words] = english


def drawable(words: str) -> str:
    """Return the words, or the English ones if no font here has their letters."""
    return _ENGLISH.get(words, words)


def has_undrawable() -> bool:
    """Return whether any words were said that no font here has."""
    return bool(_ENGLISH)


def can_draw(words: str) -> bool:
    """Return whether a font here has the letters of the words."""
    return not any(map(is_wide, words)) or len(families()) > 1


@cache
def families() -> list[str]:
    """Return the fonts of a drawing: FONT and, for letters that it lacks, the best of WITH_CHINESE that is here."""
    from matplotlib.font_manager import fontManager

    here = {font.name for font in fontManager.ttflist}
    return [FONT, *[name for name in WITH_CHINESE if name in here][:1]]
