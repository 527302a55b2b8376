"""From content to one HTML page.

Here: the order of things and the template's environment. Not here: any section's words, any style. The page
loads nothing: style and drawings are inline, and there is no script. Every value is escaped by the template;
only drawings made by analysis.figures are passed as markup.
"""

from __future__ import annotations

from analysis.report.blocks import Numbering
from analysis.report.content import ReportContent
from analysis.report.numbers import release_time
from analysis.report.sections import SECTIONS
from analysis.report.sections.headline import headline_figures

PACKAGE = "analysis.report"


def render(content: ReportContent) -> str:
    """The report as one HTML document (text). The same content gives the same text.

    Empty tables, null estimates, a single group and no events give sentences in place of figures; nothing
    raises for them.
    """
    from importlib.resources import files

    from jinja2 import Environment, StrictUndefined

    numbering = Numbering()
    sections = [build(content, numbering) for build in SECTIONS]
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    folder = files(PACKAGE)
    template = environment.from_string((folder / "template.html").read_text(encoding="utf-8"))
    return template.render(
        content=content,
        released=release_time(content.release_id),
        headlines=headline_figures(content),
        sections=sections,
        style=(folder / "style.css").read_text(encoding="utf-8"),
    )
