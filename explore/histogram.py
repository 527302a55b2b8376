"""Draws the histogram of a facet: the release behind, the cohort before it, each bar a link that picks its bin."""

from html import escape

from explore import change
from explore.attributes import Attribute
from explore.facets import Bar, Facet, on_axis
from explore.picks import Pick
from explore.state import State

WIDTH, HEIGHT, GAP = 280.0, 56.0, 1.5
SHORTEST = 1.5
"""A bar of anybody at all is seen."""


def histogram(facet: Facet, state: State) -> str:
    """Return an inline `<svg>`. Bars can be clicked; keyboards and screen readers use the facet's two fields."""
    step = WIDTH / len(facet.bars)
    parts = []
    for place, bar in enumerate(facet.bars):
        x, width = place * step + GAP / 2, step - GAP
        classes = "bin picked" if bar.is_picked else "bin"
        said = escape(f"{facet.attribute.label} {bar.label}: {bar.n:,} of {bar.n_all:,}")
        shapes = f'<rect class="whole" x="{place * step:.2f}" y="0" width="{step:.2f}" height="{HEIGHT:g}"/>'
        shapes += _bar("all", x, width, bar.n_all, facet.most) + _bar("own", x, width, bar.n, facet.most)
        link = escape(_link(facet, bar, state), quote=True)
        parts.append(f'<a class="{classes}" href="{link}" tabindex="-1"><title>{said}</title>{shapes}</a>')
    body = "".join(parts)
    return (
        f'<svg class="histogram" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" preserveAspectRatio="none" aria-hidden="true">'
        f"{body}</svg>"
    )


def _bar(name: str, x: float, width: float, n: int, most: int) -> str:
    if not n:
        return ""
    height = max(SHORTEST, HEIGHT * n / most)
    return f'<rect class="{name}" x="{x:.2f}" y="{HEIGHT - height:.2f}" width="{width:.2f}" height="{height:.2f}"/>'


def _link(facet: Facet, bar: Bar, state: State) -> str:
    """Return the link that picks the bin; a bin beside a picked range extends it, one inside it is picked alone."""
    own = facet.pick
    low, high = bar.low, bar.high
    if own and (own.low or own.high) and not bar.is_picked:
        low = _further(facet.attribute, low, own.low, -1.0)
        high = _further(facet.attribute, high, own.high, 1.0)
    missing, is_kept = bool(own and own.missing), own.is_kept if own else True
    pick = Pick(facet.attribute.view, facet.attribute.name, (), low, high, missing, is_kept)
    return change.picked(state, pick).link()


def _further(attribute: Attribute, one: str, other: str, way: float) -> str:
    """Return the limit further out, downwards (-1) or upwards (1); '' is open, and so the furthest."""
    here, there = on_axis(attribute, one), on_axis(attribute, other)
    if here is None or there is None:
        return ""
    return one if way * here >= way * there else other
