"""Draw a figure once that one refresh shows twice: as a picture beside an asset, and on the page.

A figure and its pixels are kept by what they were made from, and only until the refresh ends (`figures_kept`), so that
no picture of an erased patient stays in memory.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec

from analysis.figures.words import language_of_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image

Arguments = ParamSpec("Arguments")


class Kept:
    """What this process keeps, while it keeps anything."""

    def __init__(self) -> None:
        self.is_on = False
        self.figures: dict[bytes, Figure] = {}
        self.pixels: dict[tuple[int, int], Image] = {}


KEPT = Kept()


@contextmanager
def figures_kept() -> Iterator[None]:
    """Inside the block, keep every figure of `drawn_once`; at its end, forget them."""
    KEPT.is_on = True
    try:
        yield
    finally:
        KEPT.is_on = False
        KEPT.figures.clear()
        KEPT.pixels.clear()


def drawn_once(make: Callable[Arguments, Figure]) -> Callable[Arguments, Figure]:
    """Wrap `make` so that equal arguments give the same figure again while figures are kept, in the same language."""

    @wraps(make)
    def made(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Figure:
        if not KEPT.is_on:
            return make(*args, **kwargs)
        key = pickle.dumps((make.__qualname__, language_of_words(), args, kwargs))
        if key not in KEPT.figures:
            KEPT.figures[key] = make(*args, **kwargs)
        return KEPT.figures[key]

    return made


def pixels_once(figure: Figure, dots_per_inch: int, draw: Callable[[Figure, int], Image]) -> Image:
    """Return `draw(figure, dots_per_inch)`, or what it gave before if the figure is kept."""
    if not any(figure is kept for kept in KEPT.figures.values()):
        return draw(figure, dots_per_inch)
    key = (id(figure), dots_per_inch)  # a kept figure is never another one
    if key not in KEPT.pixels:
        KEPT.pixels[key] = draw(figure, dots_per_inch)
    return KEPT.pixels[key]
