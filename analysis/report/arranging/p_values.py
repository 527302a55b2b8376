"""Count the p-values that a page prints, so that the section on multiple comparisons can say what it leaves out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from analysis import primary
from analysis.report import labels, numbers
from analysis.report.blocks import Callout, Cell, DataTable, FigureBlock, FigureGrid, Paragraph, Section
from analysis.report.content import ReportContent
from analysis.report.sections import selection

SECTION = "multiplicity"
TEXTS_OF_SVG = re.compile(r"<text[^>]*>([^<]*)")
ADJUSTED = ("p, Holm", "p, Benjamini-Hochberg")
IN_TEXT = re.compile(r"\bp (?:=|<) ?0?[.,]\d")
"""A p-value, in a drawing also one with a decimal comma."""
PRINTED = re.compile(r"<?0?\.\d+|1\.0+")


def in_table(table: DataTable) -> int:
    """Count the p-values of one table: in columns headed p, in other cells that quote one, and in its footnotes."""
    at = [i for i, column in enumerate(table.columns) if column.label.split(",")[0] == "p"]
    at = [i for i in at if table.columns[i].label not in ADJUSTED]
    found = 0
    for row in table.rows:
        texts = [cell.text if isinstance(cell, Cell) else cell for cell in row.cells]
        found += sum(1 for i in at if i < len(texts) and PRINTED.match(texts[i].strip()))
        found += sum(len(IN_TEXT.findall(text)) for i, text in enumerate(texts) if i not in at)
    return found + sum(len(IN_TEXT.findall(note)) for _, note in table.footnotes)


def printed(sections: Sequence[Section]) -> dict[str, int]:
    """Return section title -> number of p-values that its tables print, without sections that print none."""
    counts = {
        section.title: sum(in_table(block) for block in section.blocks if isinstance(block, DataTable))
        for section in sections
    }
    return {title: n for title, n in counts.items() if n}


def outside_tables(sections: Sequence[Section]) -> int:
    """Count the p-values in the sections' sentences and figures; most of them are in a table as well."""
    found = 0
    for block in (block for section in sections for block in section.blocks):
        if isinstance(block, Paragraph | Callout):
            found += len(IN_TEXT.findall(block.text))
        figures = block.figures if isinstance(block, FigureGrid) else [block]
        found += sum(_in_figure(one) for one in figures if isinstance(one, FigureBlock))
    return found


def _in_figure(figure: FigureBlock) -> int:
    return len(IN_TEXT.findall(" ".join((*TEXTS_OF_SVG.findall(figure.svg or ""), figure.caption, figure.note))))


def with_counts(sections: Sequence[Section], content: ReportContent) -> list[Section]:
    """Return the sections; that on multiple comparisons counts the p-values and says which are not adjusted."""
    own = next((section for section in sections if section.anchor == SECTION), None)
    if own is None:
        return list(sections)
    rest = [section for section in sections if section is not own]
    adjusted = sum(printed([own]).values())
    count = Paragraph(_sentence(printed(rest), adjusted, outside_tables(rest)))
    said = replace(own, blocks=[Paragraph(declared(content)), *own.blocks, count])
    return [said if section is own else section for section in sections]


def declared(content: ReportContent) -> str:
    """Name the primary endpoint and contrast, and say what the rest is; for a cohort, that nothing is primary."""
    if content.selection:
        return (
            "These patients were chosen by whoever named the cohort, so no test here is primary: all are "
            "descriptive, and other cohorts that were examined are not counted here."
        )
    endpoint, grouping = labels.endpoint(primary.ENDPOINT), labels.grouping(primary.GROUPING)
    groups = " versus ".join(labels.stratum(primary.GROUPING, s).lower() for s in (primary.CONTRAST, primary.REFERENCE))
    wanted = {"endpoint": primary.ENDPOINT, "level": primary.LEVEL, "grouping": primary.GROUPING}
    p = numbers.p_equals(selection.one(content.table("logrank"), **wanted).get("p_value"))
    return (
        f"Primary, fixed in the code for every release: {endpoint}, {labels.level(primary.LEVEL)}, by {grouping} "
        f"({groups}), log-rank test: {p or 'no p-value'}. Every other test is secondary or descriptive."
    )


def _sentence(others: dict[str, int], adjusted: int, outside: int) -> str:
    n = sum(others.values())
    if not n:
        return "No other section prints a p-value."
    listed = ", ".join(f"{title} {count:,}" for title, count in others.items())
    return (
        f"The tables of the other sections print {n:,} p-values ({listed})"
        + (f", their sentences and figures {outside:,}, most of which repeat these" if outside else "")
        + ". Only tests between groups are adjusted"
        + (f", and the table here shows {adjusted:,} of them" if adjusted else "")
        + ". Tests of shares, of single terms and whole models, of restricted "
        "means, of subgroups, of proportional hazards and of sensitivity analyses are not adjusted"
        + (", nor are those of the replication." if "Replication of the index study" in others else ".")
    )
