"""A release's page and the drawings on it, made in one go from the content, and small enough to be handed on.

Here: what a release takes from its report. Not here: the page's order (render.py), files.
"""

from __future__ import annotations

from typing import NamedTuple

from analysis.report.content import ReportContent
from analysis.report.drawings import drawings_of
from analysis.report.render import render, sections_of


class Page(NamedTuple):
    """The page as one HTML document, and its drawings as SVG documents by name."""

    text: str
    drawings: dict[str, str]


def page_of(content: ReportContent) -> Page:
    """The page of the content; the same content gives the same page."""
    sections = sections_of(content)
    return Page(render(content, sections), drawings_of(sections))
