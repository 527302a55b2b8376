"""Render a figure as SVG or PNG; the same figure gives the same bytes, whenever and wherever it is drawn."""

from __future__ import annotations

import io
import re
import warnings
from html import escape
from typing import TYPE_CHECKING, Any

from analysis.figures.figure_cache import pixels_once
from analysis.figures.fitted_text import with_widths
from analysis.figures.style import FONT, is_wide
from analysis.figures.words import drawable, families, has_undrawable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.artist import Artist
    from matplotlib.figure import Figure
    from matplotlib.text import Text
    from PIL.Image import Image

COMPRESSION = 3
"""zlib's level for PNG: higher levels make drawings a tenth smaller and take 1.5 times as long."""
_ID = re.compile(r'\sid="([^"]+)"')
_REFERENCE = re.compile(r'(?:xlink:)?href="#([^"]+)"|url\(#([^)"]+)\)')
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_BEYOND_THOUSANDTHS = re.compile(r"(?<=\d\.\d{3})\d+")


def to_svg(figure: Figure, name: str, alt: str) -> str:
    """Return the figure as one inline `<svg>` element: text stays text, and the page's own font may replace the
    figure's.

    `name` ([a-z0-9-]) prefixes every identifier, so that one page can hold several figures; `alt` is what a screen
    reader says. Metadata, namespaces and unused identifiers are left out. Coordinates are rounded to a
    thousandth of a point.
    """
    import matplotlib

    if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
        raise ValueError(f"a figure's name must be lower-case letters, digits and hyphens, not {name!r}")
    settings: Any = {
        "svg.hashsalt": name,
        "svg.fonttype": "none",
        "font.family": [FONT],
        "path.simplify": True,
    }
    buffer = io.StringIO()
    no_metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
    _plain_text(figure)
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # a browser has them
        figure.savefig(buffer, format="svg", metadata=no_metadata)
    return _inline(buffer.getvalue(), name, alt)


def to_png(figure: Figure, dots_per_inch: int = 200) -> bytes:
    """Return the figure as a PNG without metadata on time or software: equal figures give equal bytes."""
    buffer = io.BytesIO()
    size = (dots_per_inch, dots_per_inch)
    pixels_of(figure, dots_per_inch).save(buffer, format="PNG", dpi=size, compress_level=COMPRESSION)
    return buffer.getvalue()


def pixels_of(figure: Figure, dots_per_inch: int) -> Image:
    """Return the figure in pixels, with an opaque background."""
    return pixels_once(figure, dots_per_inch, _drawn_pixels)


def _drawn_pixels(figure: Figure, dots_per_inch: int) -> Image:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    english = _drawable_words(figure)
    _plain_text(figure)
    generic = _fonts_with_the_letters(figure)
    canvas, before = FigureCanvasAgg(figure), figure.dpi
    figure.dpi = dots_per_inch
    try:
        canvas.draw()
    finally:
        figure.dpi = before
        for artist, fonts in generic:
            artist.set_fontfamily(fonts)
        for artist, words in english:
            artist.set_text(words)
    drawn = canvas.buffer_rgba()
    height, width, _ = drawn.shape
    return Image.frombytes("RGBA", (width, height), drawn.tobytes()).convert("RGB")


def _plain_text(figure: Figure) -> None:
    """Make a dollar sign in a label a dollar sign, not the start of a formula."""
    from matplotlib.text import Text

    for artist in _drawn(figure):
        if isinstance(artist, Text):
            artist.set_parse_math(False)


def _drawable_words(figure: Figure) -> list[tuple[Text, str]]:
    """Put English words in place of those that no font here has; return what stood there."""
    from matplotlib.text import Text

    if not has_undrawable():
        return []
    found = [(artist, artist.get_text()) for artist in _drawn(figure) if isinstance(artist, Text)]
    changed = [(artist, words) for artist, words in found if drawable(words) != words]
    for artist, words in changed:
        artist.set_text(drawable(words))
    return changed


def _fonts_with_the_letters(figure: Figure) -> list[tuple[Text, list[str]]]:
    """Name the fonts of texts with letters that FONT lacks; return what stood there.

    A text keeps the generic family that it was made with, and matplotlib takes one font for a generic family.
    """
    from matplotlib.text import Text

    found = [one for one in _drawn(figure) if isinstance(one, Text) and any(map(is_wide, one.get_text()))]
    changed = [(artist, artist.get_fontfamily()) for artist in found]
    for artist, _ in changed:
        artist.set_fontfamily(families())
    return changed


def _drawn(artist: Artist) -> Iterator[Artist]:
    """Yield the artist and all in it, except axes that are switched off: reading their ticks would create them."""
    from matplotlib.axis import Axis

    yield artist
    for child in artist.get_children():
        if not isinstance(child, Axis) or child.axes.axison:
            yield from _drawn(child)


def _inline(document: str, name: str, alt: str) -> str:
    """Cut matplotlib's SVG document down to an element that can be placed inside HTML."""
    body = _METADATA.sub("", _COMMENT.sub("", document[document.index("<svg") :]))
    head, body = body.split(">", 1)
    view_box = re.search(r'viewBox="([^"]+)"', head)
    if view_box is None:
        raise ValueError("the figure has no view box")
    used = {first or second for first, second in _REFERENCE.findall(body)}
    body = _ID.sub(lambda found: f' id="{name}-{found[1]}"' if found[1] in used else "", body)
    body = _REFERENCE.sub(lambda found: f'href="#{name}-{found[1]}"' if found[1] else f"url(#{name}-{found[2]})", body)
    body = _BEYOND_THOUSANDTHS.sub("", body)
    label = escape(alt, quote=True)
    return f'<svg role="img" aria-label="{label}" viewBox="{view_box[1]}">{with_widths(body.strip())}'
