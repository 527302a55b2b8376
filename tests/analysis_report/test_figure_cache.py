"""A figure that is asked for twice in a refresh is drawn once, and nothing is kept elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from analysis.figures import figure_cache
from analysis.figures.render import pixels_of, to_svg
from analysis.figures.swimmer import swimmer_figure
from analysis.report.output import png_previews
from tests.analysis_report.sample import content

LABELS = {"wild_type": "Wild-type", "mutant": "Mutant", "unknown": "Unknown"}


@pytest.fixture
def keeping(monkeypatch: pytest.MonkeyPatch) -> Iterator[figure_cache.Kept]:
    """This process keeps figures until the test ends."""
    monkeypatch.setattr(figure_cache, "KEPT", figure_cache.Kept())
    with figure_cache.figures_kept():
        yield figure_cache.KEPT


def test_the_same_arguments_give_the_same_figure(keeping: figure_cache.Kept) -> None:
    """Equal rows are one figure with one set of pixels; other rows or labels are another."""
    courses = content().courses
    first = swimmer_figure(courses, LABELS)
    assert swimmer_figure(courses.copy(), dict(LABELS)) is first
    assert swimmer_figure(courses.head(3), LABELS) is not first
    assert swimmer_figure(courses, LABELS | {"mutant": "M"}) is not first
    assert pixels_of(first, 60) is pixels_of(first, 60) and len(keeping.figures) == 3


@pytest.mark.long
def test_a_kept_figure_is_drawn_as_a_new_one(keeping: figure_cache.Kept) -> None:
    """Byte for byte, whatever was drawn from it before."""
    courses = content().courses
    old = swimmer_figure(courses, LABELS)
    before = png_previews.markdown(old, "alt")
    svg = to_svg(old, "swimmer", "alt")
    keeping.is_on = False
    keeping.figures.clear()
    new = swimmer_figure(courses, LABELS)
    assert new is not old and to_svg(new, "swimmer", "alt") == svg and png_previews.markdown(new, "alt") == before


def test_nothing_is_kept_elsewhere() -> None:
    """Where nobody asked for it, and after the block, each figure is a new one."""
    courses = content().courses
    with pytest.raises(KeyError), figure_cache.figures_kept():
        swimmer_figure(courses, LABELS)
        raise KeyError
    assert swimmer_figure(courses, LABELS) is not swimmer_figure(courses, LABELS)
    assert not figure_cache.KEPT.is_on and not figure_cache.KEPT.figures and not figure_cache.KEPT.pixels
