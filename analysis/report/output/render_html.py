"""Turn content into one HTML page.

The page loads nothing: style and drawings are inline, and there is no script. Every value is escaped by the template;
only drawings made by analysis.figures are passed as markup.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from analysis.figures.words import spoken_by
from analysis.report.arranging import downloads
from analysis.report.arranging.arrange_page import arranged
from analysis.report.arranging.joined_units import joined
from analysis.report.arranging.outline import TOP, folded
from analysis.report.arranging.p_values import with_counts
from analysis.report.blocks import Numbering, Section
from analysis.report.content import ReportContent
from analysis.report.numbers import release_time
from analysis.report.output.spoken import speaker_of, spoken
from analysis.report.recipe_sections import headline as recipe_headline
from analysis.report.sections import IF_MADE, PARTS, WITHHELD, Build, own_plan
from analysis.report.sections.headline import Headline, headline_figures
from languages.phrases import phrases

PACKAGE = "analysis.report"
_RANGE = re.compile(r"\d[\d.,]*\u2013(?:&gt;)?(?:[\d.,]*\d|NR)|\bp-values?\b")
"""What a line break must not split at its dash or hyphen: the two ends of an interval, and p-values."""


def sections_of(content: ReportContent, parts: Sequence[tuple[str, Sequence[Build]]] = PARTS) -> list[Section]:
    """Build the sections, each with its part's name, with tables and drawings numbered in reading order. They are
    English; only the words inside drawings are in the content's language.
    """
    numbering = Numbering(warning=content.warning)
    with spoken_by(speaker_of(content.language)):
        return [
            replace(build(content, numbering), part=part)
            for part, builds in parts
            for build in builds
            if build not in IF_MADE or len(content.table(IF_MADE[build]))
            if build is not own_plan.build or content.own_plan
            if not (content.disclosure and build in WITHHELD)
        ]


def arranged_sections_of(content: ReportContent, parts: Sequence[tuple[str, Sequence[Build]]] = PARTS) -> list[Section]:
    """Return the sections as a page shows them, with a count of the p-values that remain on it."""
    return with_counts(arranged(sections_of(content, parts)), content)


def render(content: ReportContent, sections: Sequence[Section] | None = None) -> str:
    """Return the report as one HTML document (text), from arranged `sections` or else from those of a release. The same
    content gives the same text, in the content's language.

    Empty tables, null estimates, a single group or no events give sentences in place of figures, never an
    exception.
    """
    from importlib.resources import files

    from jinja2 import Environment, StrictUndefined

    words = phrases(content.language)
    made = arranged_sections_of(content) if sections is None else sections
    sections = spoken([folded(section) for section in made], content.language)
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_finalized
    )
    folder = files(PACKAGE)
    template = environment.from_string((folder / "template.html").read_text(encoding="utf-8"))
    return template.render(
        content=content,
        lang=words.code,
        words=words.say,
        say=lambda text: _finalized(words.say(text)),
        released=release_time(content.release_id),
        headlines=_headlines(content),
        top=[section for section in sections if section.part == TOP],
        parts=_parts([section for section in sections if section.part != TOP]),
        downloads=downloads,
        style=(folder / "style.css").read_text(encoding="utf-8"),
    )


def _headlines(content: ReportContent) -> list[Headline]:
    facts = content.recipe
    return headline_figures(content) if facts is None else recipe_headline.headline_figures(content, facts)


def _parts(sections: Sequence[Section]) -> list[tuple[str, list[Section]]]:
    return [(part, list(own)) for part, own in groupby(sections, key=lambda section: section.part)]


def _finalized(value: Any) -> Any:
    """Keep numbers in plain text with their units; markup and text to be copied stay as they are."""
    if type(value) is not str:
        return value
    from markupsafe import Markup, escape

    return Markup(_RANGE.sub(r'<span class="whole">\g<0></span>', str(escape(joined(value)))))
