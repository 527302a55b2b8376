"""Choose the widths of a printed table's columns from their contents.

Widths are Arial's, rounded up and grouped, so no font needs to be installed. A number, an interval or a word is never
broken; the rest of the line goes to columns of words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from analysis.figures.style import is_wide
from analysis.report.blocks import Cell, Column, DataTable

PORTRAIT_CM, LANDSCAPE_CM = 17.0, 25.7
SIZES_PT = (8.0, 7.5, 7.0)
"""Type sizes of a table; the largest that fits is used."""
MARGIN_CM, PADDING_CM = 0.1, 0.26
"""Space beside a cell's text: on each side, and on both together with a little to spare."""
FIRST_LINES, SHORT_CM = 2, 3.0
"""Most lines for a column of words if there is room for it; text up to this width (cm) stays on one line."""
SMALLEST_WORDS_CM, WIDEST_WORDS_CM = 1.2, 7.5
CM_PER_PT = 2.54 / 72
WORD = re.compile(r"(?:(?![\u2e80-\u9fff\uff00-\uffef])\S)+|\S")
"""What is never broken: a word; each Chinese letter is one."""
NARROW, WIDE, SIGNS = set("iljtfrI.,:;|!'()[]/ \u00a0-\u2011"), set("mwMWG%@"), set("0123456789\u2013\u2265\u2264<>=+")
NARROW_EM, WIDE_EM, SIGN_EM, CAPITAL_EM, PLAIN_EM = 0.36, 0.94, 0.59, 0.74, 0.6
"""Widths in bold Arial as multiples of the type size, rounded up; CAPITAL_EM and PLAIN_EM are for all other letters."""


class Layout(NamedTuple):
    """Widths of the columns in cm, the type size in points, and whether the page is landscape."""

    widths: tuple[float, ...]
    size_pt: float
    is_landscape: bool


def ems(text: str) -> float:
    """Return an upper estimate of a text's width in bold Arial, on one line, as a multiple of the type size.

    >>> ems("81.0 (70.1\u201388.2)") * 8 * CM_PER_PT < 2.8
    True
    """
    return sum(map(_em, text))


class Widest(NamedTuple):
    """The widest cell of a column, the widest word in its cells and heading, and its heading, as multiples of the type
    size.
    """

    cell: float
    word: float
    heading: float


def printed(value: Cell | str) -> str:
    """Return a cell's words; text that is only read aloud is not printed."""
    return value if isinstance(value, str) else "" if value.tone == "unseen" else value.text


def layout(block: DataTable) -> Layout:
    """Return the layout of a table: portrait in the largest type that fits, if need be with words over more lines, and
    landscape if none fits.
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
    words = {word for text in (heading, *texts) for word in WORD.findall(text)}
    return Widest(max(map(ems, texts), default=0.0), max(map(ems, words), default=0.0), ems(heading))


def _bounds(
    columns: Sequence[Column], widest: Sequence[Widest], size: float, is_easy: bool
) -> tuple[list[float], list[float]]:
    """Return for each column the least width (with words easy to read, or not) and the width beyond which nothing is
    gained.
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
    """Give each column its least width, and share what is left in proportion to what each still wants."""
    missing = [want - own for want, own in zip(wanted, least, strict=True)]
    share = min(1.0, (available - sum(least)) / sum(missing)) if sum(missing) > 0 else 0.0
    return tuple(round(own + share * more, 3) for own, more in zip(least, missing, strict=True))


@cache
def _em(character: str) -> float:
    for characters, width in ((SIGNS, SIGN_EM), (NARROW, NARROW_EM), (WIDE, WIDE_EM)):
        if character in characters:
            return width
    if is_wide(character):
        return 1.0
    return CAPITAL_EM if character.isupper() else PLAIN_EM


def is_kept_whole(column: Column) -> bool:
    """Return whether the column's cells stay on one line."""
    return column.is_number or column.is_tight
