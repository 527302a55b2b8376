"""Section: sentences for a paper's Methods section, for the methods that the release's tables name."""

from __future__ import annotations

from analysis.plan.methods_sentences import few_events, proportionality, sentences
from analysis.report import labels
from analysis.report.blocks import Block, Numbering, Paragraph, Section
from analysis.report.content import SERVICE, TABLES, ReportContent
from analysis.report.sections import selection

ANCHOR, TITLE = "methods", "Methods"
GENERAL = (
    "Time runs from {since}; months are days divided by 30.4375. Subjects without a conclusive genotype "
    "form a group of their own and are left out of tests and models, which use complete cases. Intervals are "
    "95 % intervals, p-values are two-sided. Groups are not tested if there are fewer than 5 events, or fewer than 1 "
    "is expected in a group. Estimates at a time at which fewer than 5 subjects, or less than a tenth of the group, "
    "are at risk are marked; none is given beyond a group's last follow-up time."
)
REASONS = "Where no estimate could be computed, the reason is given."
NAMES = {"numpy": "NumPy", "scipy": "SciPy", "surpyval": "SurPyval", "matplotlib": "Matplotlib", "python": "Python"}
"""How libraries spell their names, where that is not in lower case."""


def paragraphs(content: ReportContent) -> list[str]:
    """Return what applies to all analyses, the methods (each sentence once) and the software, without empty ones."""
    tables = [content.table(name) for name in TABLES if name not in SERVICE]
    tables = [table for table in tables if len(table)]
    since = content.recipe.from_when if content.recipe else "the first ablation"
    general = [GENERAL.format(since=since), few_events(tables), REASONS]
    methods = [*sentences(tables), proportionality(tables), _competing(content)]
    return [" ".join(filter(None, said)) for said in (general, methods, [_software(content)]) if any(said)]


def build(content: ReportContent, numbering: Numbering) -> Section:
    """Build paragraphs to copy into a manuscript; `numbering` is not used, since nothing here is numbered."""
    blocks: list[Block] = [Paragraph(text) for text in paragraphs(content)]
    return Section(ANCHOR, TITLE, blocks)


def _competing(content: ReportContent) -> str:
    """Which endpoints have competing events."""
    table = content.table("cumulative_incidence")
    codes = selection.distinct(table, "endpoint") if len(table) else []
    if not codes:
        return ""
    names = [labels.endpoint(code).split(",")[0] for code in codes]
    names = [name[:1].lower() + name[1:] if not name[:2].isupper() else name for name in names]
    return f"Endpoints with competing events: {', '.join(names)}."


def _software(content: ReportContent) -> str:
    """Name the libraries that computed the figures, with their versions; empty if the release does not record them."""
    if not content.software:
        return ""
    libraries = [f"{NAMES.get(name, name)} {version}" for name, version in content.software.items()]
    return f"Software: ablation-registry {content.code_version}, {', '.join(libraries)}."
