"""Section: the sentences for a Methods section, of the methods that the release's tables name.

Here: their order and grouping into paragraphs. Not here: the sentences (analysis.methods).
"""

from __future__ import annotations

from analysis.methods import methods
from analysis.report.blocks import Block, Numbering, Paragraph, Section
from analysis.report.content import TABLES, ReportContent

ANCHOR, TITLE = "methods", "Methods"
GENERAL = (
    "Time runs from the first ablation; months are days divided by 30.4375. Subjects without a conclusive genotype "
    "stand as a group of their own and are left out of tests and models, which are of complete cases. Intervals are "
    "95 % intervals, p-values two-sided. Models with fewer than 10 events per variable are marked; below 5 an estimate "
    "is shown only where a published model is repeated, and is labelled unreliable. Groups are not tested where there "
    "are fewer than 5 events, or fewer than 1 is expected in a group. Estimates at a time at which fewer than 5, or "
    "than a tenth of the group, are at risk are marked; none is given beyond a group's last time. What could not be "
    "estimated is said, with the reason."
)


def sentences(content: ReportContent) -> list[str]:
    """The general sentence, then one sentence per method in the order in which the tables name them, each once."""
    tables = [content.table(name) for name in TABLES]
    found = methods([table for table in tables if len(table)])
    return [GENERAL, *dict.fromkeys(found["sentence"])]


def build(content: ReportContent, numbering: Numbering) -> Section:
    """Two paragraphs that can be taken into a manuscript; `numbering` is not used, as nothing here is numbered."""
    general, *others = sentences(content)
    blocks: list[Block] = [Paragraph(general)]
    if others:
        blocks.append(Paragraph(" ".join(others)))
    return Section(ANCHOR, TITLE, blocks)
