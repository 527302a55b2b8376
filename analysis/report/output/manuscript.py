"""The manuscript of a release: the results and methods from its page that a paper prints, numbered as in a paper.

What is left out is on the page and in its files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from analysis.report.arranging.arrange_page import arranged
from analysis.report.arranging.p_values import with_counts
from analysis.report.arranging.plain_words import plain
from analysis.report.blocks import Block, Callout, DataTable, FigureBlock, FigureGrid, Heading, Paragraph, Section
from analysis.report.content import ReportContent
from analysis.report.figure_block import DOTS_PER_INCH, figures_of, png_file
from analysis.report.output.spoken import spoken
from analysis.report.output.word_document import to_docx

KIND = "Manuscript"
SUBJECT = "Local tumour progression of colorectal liver metastases"
RESULTS, METHODS = "Results", "Methods"


class Choice(NamedTuple):
    """What a manuscript takes from a section: tables and figures by file name, or all of them, and whether to take its
    sentences.
    """

    tables: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    has_text: bool = True
    has_all: bool = False


CHOICES = {
    "flow": Choice(figures=("flow",)),
    "characteristics": Choice(tables=("table_one",)),
    "technique": Choice(tables=("technique",)),
    "ltp": Choice(tables=("ltp_rates",)),
    "survival": Choice(("km_summary",), ("km-ltpfs-kras", "km-ltpfs-overall", "km-os-kras")),
    "incidence": Choice(tables=("cumulative_incidence",), figures=("cif-kras",)),
    "models": Choice(tables=("cox", "logistic")),
    "competing": Choice(tables=("fine_gray",)),
    "subgroups": Choice(figures=("forest-subgroups",)),
    "multiplicity": Choice(),
    "methods": Choice(),
    "endpoint": Choice(has_all=True),
}
"""Section -> what a paper prints of it: at most twelve pages for the demonstration study. The last is a section of a
recipe's page.
"""
TEXT_ONLY = ("multiplicity",)
"""Results of which a paper prints only sentences; without a table they would count as results without an estimate."""
INSTEAD = {"survival": ("km-ltpfs-kras", "km-ltpfs-overall")}
"""Section -> figures of which it prints only the first that is drawn."""


def manuscript_of(content: ReportContent, sections: Sequence[Section], pictures: Mapping[str, bytes]) -> bytes:
    """Return what a paper prints of the built `sections` as one .docx file with the figures' `pictures` (PNG by name);
    a figure that is not among them is drawn.
    """
    made = content if content.is_cohort else replace(content, kind=KIND, title=SUBJECT)
    own = manuscript_sections(sections, content)
    others = {one.name: png_file(one, DOTS_PER_INCH) for one in figures_of(own) if one.name not in pictures}
    return to_docx(made, spoken(own, content.language), {**pictures, **others})


def manuscript_sections(sections: Sequence[Section], content: ReportContent) -> list[Section]:
    """Return the sections of the manuscript, arranged like a page, in words that name nothing internal."""
    chosen: list[Section] = []
    for section in sections:
        choice = CHOICES.get(section.anchor)
        blocks = _chosen(section, choice) if choice else []
        if blocks:
            part = METHODS if section.part == METHODS else RESULTS
            chosen.append(replace(section, part=part, blocks=blocks))
    shown = arranged([section for section in chosen if section.anchor not in TEXT_ONLY])
    words = [section for section in chosen if section.anchor in TEXT_ONLY]
    at = next((place for place, section in enumerate(shown) if section.part == METHODS), len(shown))
    return [plain(section) for section in with_counts([*shown[:at], *words, *shown[at:]], content)]


def _chosen(section: Section, choice: Choice) -> list[Block]:
    names = [name for name in choice.figures if name not in _second(section)]
    kept: list[Block] = []
    for block in section.blocks:
        if choice.has_all:
            kept.append(block)
        elif isinstance(block, FigureGrid):
            kept += [one for one in block.figures if one.name in names]
        elif isinstance(block, FigureBlock):
            kept += [block] if block.name in names else []
        elif isinstance(block, DataTable):
            kept += [block] if block.source in choice.tables else []
        elif isinstance(block, Paragraph | Callout | Heading) and choice.has_text:
            kept.append(block)
    return kept


def _second(section: Section) -> list[str]:
    """Return the figures of the section that give way to another that is drawn."""
    drawn = {one.name for block in section.blocks for one in _figures(block) if one.svg}
    there = [name for name in INSTEAD.get(section.anchor, ()) if name in drawn]
    return there[1:]


def _figures(block: Block) -> Sequence[FigureBlock]:
    return block.figures if isinstance(block, FigureGrid) else [block] if isinstance(block, FigureBlock) else []
