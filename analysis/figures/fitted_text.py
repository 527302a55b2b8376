"""Keep text in a drawing at the width it was laid out with, whatever font the reader's machine substitutes.

Otherwise a wider font would run over the edge of its box or of the page where DejaVu Sans and Verdana (of nearly the
same widths) are both missing.
"""

from __future__ import annotations

import re
from functools import cache
from html import unescape

from analysis.figures.style import FONT, is_wide

MEASURED_AT_PX = 100
"""The size at which widths are measured; they are proportional to it."""
_TEXT = re.compile(r"<text ([^>]*)>([^<]+)</text>")
_SIZE = re.compile(r'font-size(?::\s*|=")([\d.]+)')
_BOLD = re.compile(r'font-weight(?::\s*|=")\s*(?:bold|[6-9]00)')


def with_widths(svg: str) -> str:
    """Add `textLength` to every text of more than one letter, so that any font's letters are fitted to it."""
    return _TEXT.sub(_fitted, svg)


def width(text: str, size: float, is_bold: bool = False) -> float:
    """Return a text's advance width in FONT, in units of `size`.

    >>> 20 < width("Mutant", 8.5) < 40
    True
    """
    wide = [letter for letter in text if is_wide(letter)]  # FONT lacks them; they are as wide as high
    known = "".join(letter for letter in text if not is_wide(letter)) if wide else text
    return _measured(known, is_bold) * size / MEASURED_AT_PX + len(wide) * size


def _fitted(found: re.Match[str]) -> str:
    attributes, text = found[1], unescape(found[2])
    size = _SIZE.search(attributes)
    if size is None or len(text.strip()) < 2:
        return found[0]
    length = width(text, float(size[1]), bool(_BOLD.search(attributes)))
    return f'<text {attributes} textLength="{length:.1f}" lengthAdjust="spacingAndGlyphs">{found[2]}</text>'


@cache
def _measured(text: str, is_bold: bool) -> float:
    return _font(is_bold).getlength(text)


@cache
def _font(is_bold: bool):  # type: ignore[no-untyped-def]
    from matplotlib.font_manager import FontProperties, findfont
    from PIL import ImageFont

    path = findfont(FontProperties(family=FONT, weight="bold" if is_bold else "normal"))
    return ImageFont.truetype(path, MEASURED_AT_PX, layout_engine=ImageFont.Layout.BASIC)
