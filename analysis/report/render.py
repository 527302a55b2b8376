"""From content to one HTML page.

Here: the order of things and the template's environment. Not here: any section's words, any style. The page
loads nothing: style and drawings are inline, and there is no script. Every value is escaped by the template;
only drawings made by analysis.figures are passed as markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from analysis.report.blocks import Numbering, Section
from analysis.report.content import ReportContent
from analysis.report.numbers import release_time
from analysis.report.p_values import with_counts
from analysis.report.sections import PARTS, Build, replication
from analysis.report.sections.headline import headline_figures

PACKAGE = "analysis.report"


def sections_of(content: ReportContent, parts: Sequence[tuple[str, Sequence[Build]]] = PARTS) -> list[Section]:
    """The page's sections with their tables and drawings, numbered in reading order, each with its part's name."""
    numbering = Numbering()
    built = [
        replace(build(content, numbering), part=part)
        for part, builds in parts
        for build in builds
        if build is not replication.build or len(content.table("replication"))  # only a home that asks compares
    ]
    return with_counts(built, content)


def render(content: ReportContent, sections: Sequence[Section] | None = None) -> str:
    """The report as one HTML document (text), of `sections` or of those of a release. The same content gives the
    same text.

    Empty tables, null estimates, a single group and no events give sentences in place of figures; nothing
    raises for them.
    """
    from importlib.resources import files

    from jinja2 import Environment, StrictUndefined

    sections = sections_of(content) if sections is None else sections
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    folder = files(PACKAGE)
    template = environment.from_string((folder / "template.html").read_text(encoding="utf-8"))
    return template.render(
        content=content,
        released=release_time(content.release_id),
        headlines=headline_figures(content),
        parts=[(part, list(own)) for part, own in groupby(sections, key=lambda section: section.part)],
        style=(folder / "style.css").read_text(encoding="utf-8"),
    )
