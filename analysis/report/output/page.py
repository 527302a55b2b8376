"""Make a release's page, its drawings and its manuscript from the content in one go."""

from __future__ import annotations

from typing import NamedTuple

from analysis.report.arranging.arrange_page import arranged
from analysis.report.arranging.p_values import with_counts
from analysis.report.content import ReportContent
from analysis.report.figure_block import DOTS_PER_INCH, drawings_of, pictures_of
from analysis.report.output.manuscript import manuscript_of
from analysis.report.output.render_html import render, sections_of
from analysis.report.output.spoken import spoken


class Page(NamedTuple):
    """The page as one HTML document, its drawings as SVG documents and as PNG by name, and the Word document."""

    text: str
    drawings: dict[str, str]
    pictures: dict[str, bytes]
    manuscript: bytes


def page_of(content: ReportContent) -> Page:
    """Make the page for the content; the same content gives the same page."""
    built = sections_of(content)
    sections = with_counts(arranged(built), content)
    pictures = pictures_of(sections, DOTS_PER_INCH)
    drawings = drawings_of(spoken(sections, content.language))
    return Page(render(content, sections), drawings, pictures, manuscript_of(content, built, pictures))
