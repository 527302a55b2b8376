"""How wide the columns of a printed table are: from what stands in them.

Here: widths in centimetres, type size, and whether the page must lie on its side. Not here: writing them into a
document (word_table.py).

Arial's own widths, rounded up and grouped; no font has to be there. A number or an interval is never broken, nor is a
word; what remains of the line goes to the words.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from analysis.report.blocks import Cell, Column, DataTable

PORTRAIT_CM, LANDSCAPE_CM = 17.0, 25.7
SIZES_PT = (8.0, 7.5, 7.0)
"""Type of a table, the largest that fits."""
MARGIN_CM, PADDING_CM = 0.1, 0.26
"""Left and right of a cell's text: each, and both with a little to spare."""
FIRST_LINES, SHORT_CM = 2, 3.0
"""Lines that a column of words takes where there is room for it; a shorter one stands on one line."""
SMALLEST_WORDS_CM, WIDEST_WORDS_CM = 1.2, 7.5
CM_PER_PT = 2.54 / 72
NARROW, WIDE, SIGNS = set("iljtfrI.,:;|!'()[]/ \u00a0-\u2011"), set("mwMWG%@"), set("0123456789\u2013\u2265\u2264<>=+")
NARROW_EM, WIDE_EM, SIGN_EM, CAPITAL_EM, PLAIN_EM = 0.36, 0.94, 0.59, 0.74, 0.6
"""Widths in bold Arial as parts of the type's size, rounded up: capitals and small letters are the rest."""


class Layout(NamedTuple):
    """Widths of the columns in cm, the type's size in points, and whether the page lies on its side."""

    widths: tuple[float, ...]
    size_pt: float
    is_landscape: bool


def ems(text: str) -> float:
    """An upper estimate of a text's width in bold Arial, on one line, as a multiple of the type's size.

    >>> ems("81.0 (70.1\u201388.2)") * 8 * CM_PER_PT < 2.8
    True
    """
    return sum(map(_em, text))


class Widest(NamedTuple):
    """The widest cell of a column, the widest word of its cells and heading, and its heading: in parts of the type's
    size.
    """

    cell: float
    word: float
    heading: float


def printed(value: Cell | str) -> str:
    """A cell's words; what is only read aloud is not printed."""
    return value if isinstance(value, str) else "" if value.tone == "unseen" else value.text


def layout(block: DataTable) -> Layout:
    """The layout of a table: upright in the largest type that fits, if need be with words over more lines, and on its
    side where none does.
    """
    widest = [_widest(block, place) for place in range(len(block.columns))]
    for available, is_landscape, is_easy in (
        (PORTRAIT_CM, False, True),
        (PORTRAIT_CM, False, False),
        (LANDSCAPE_CM, True, True),
    ):
        for size in SIZES_PT:
            least, wanted = _bounds(block.columns, widest, size, is_easy)
            if sum(least) <= available:
                return Layout(_between(least, wanted, available), size, is_landscape)
    share = LANDSCAPE_CM / sum(least)
    return Layout(tuple(width * share for width in least), SIZES_PT[-1], True)


def _widest(block: DataTable, place: int) -> Widest:
    heading = block.columns[place].label
    cells = [row.cells[place] for row in block.rows if not row.is_group]
    texts = {printed(cell) + ("" if isinstance(cell, str) else cell.mark) for cell in cells}
    words = {word for text in (heading, *texts) for word in text.split()}
    return Widest(max(map(ems, texts), default=0.0), max(map(ems, words), default=0.0), ems(heading))


def _bounds(
    columns: Sequence[Column], widest: Sequence[Widest], size: float, is_easy: bool
) -> tuple[list[float], list[float]]:
    """The least width of each column, where words are easy to read or not, and the one at which nothing is broken that
    need not be.
    """
    least, wanted = [], []
    for column, of in zip(columns, widest, strict=True):
        longest, longest_word, heading = (width * size * CM_PER_PT for width in of)
        if column.is_number or column.is_tight:
            least.append(max(longest, longest_word) + PADDING_CM)
            wanted.append(max(least[-1], heading + PADDING_CM))
        else:
            easy = longest if longest <= SHORT_CM else max(longest / FIRST_LINES, SHORT_CM)
            comfort = min(easy, WIDEST_WORDS_CM) if is_easy else SMALLEST_WORDS_CM
            least.append(max(longest_word, min(comfort, longest)) + PADDING_CM)
            wanted.append(max(least[-1], min(longest, WIDEST_WORDS_CM) + PADDING_CM))
    return least, wanted


def _between(least: Sequence[float], wanted: Sequence[float], available: float) -> tuple[float, ...]:
    """Each column its least width and, of what is left, its part of what it would want."""
    missing = [want - own for want, own in zip(wanted, least, strict=True)]
    share = min(1.0, (available - sum(least)) / sum(missing)) if sum(missing) > 0 else 0.0
    return tuple(round(own + share * more, 3) for own, more in zip(least, missing, strict=True))


@cache
def _em(character: str) -> float:
    for characters, width in ((SIGNS, SIGN_EM), (NARROW, NARROW_EM), (WIDE, WIDE_EM)):
        if character in characters:
            return width
    return CAPITAL_EM if character.isupper() else PLAIN_EM


def is_kept_whole(column: Column) -> bool:
    """Whether the column's cells stand on one line."""
    return column.is_number or column.is_tight
