"""Section: what difference between the groups of the primary contrast the registry can see with its events."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.plan.sample_size import ABOVE, BELOW, NEEDED, POWER_NOW
from analysis.report import labels, numbers
from analysis.report.blocks import Block, Cell, Column, DataTable, Footnotes, Numbering, Paragraph, Row, Section
from analysis.report.content import ReportContent
from analysis.report.own_plan import without_day
from analysis.report.sections import selection

ANCHOR, TITLE = "sample-size", "What difference can be seen"
NONE = "What difference could be seen cannot be said: there are no events, or only one group."
NO_PROOF = (
    "A smaller difference may exist and stay unseen: a p-value above 0.05 is no proof that there is none. Adjusting "
    "for covariates that go along with the group takes more events."
)
CAPTION = "Events needed to find a hazard ratio, and the power to find it with the events so far."
BOTH_WAYS = "A ratio and its inverse need the same number of events."
MOST_POWER = 0.99


def build(content: ReportContent, numbering: Numbering) -> Section:
    """A sentence and a small table for the built-in primary contrast; a sentence where there is nothing to compare."""
    found = selection.where(content.table("sample_size"), quantity=ABOVE)
    if found.empty or not found["estimate"].notna().any():
        return Section(ANCHOR, TITLE, [Paragraph(NONE)])
    return Section(ANCHOR, TITLE, blocks_of(content.table("sample_size"), numbering))


def blocks_of(table: pd.DataFrame, numbering: Numbering) -> list[Block]:
    """Return a sentence for each group against the reference, and one table; nothing without an estimate. ``table`` is
    analysis.sample_size, of one contrast.
    """
    said = [text for row in selection.records(selection.where(table, quantity=ABOVE)) if (text := sentence(table, row))]
    if not said:
        return []
    return [Paragraph(" ".join([*said, NO_PROOF])), _table(table, numbering)]


def sentence(table: pd.DataFrame, row: dict[str, Any]) -> str:
    """'With 28 events in 115 patients, a hazard ratio of 2.95 or more, or of 0.34 or less, ... .'; '' without one."""
    below = selection.one(table, quantity=BELOW, term_level=numbers.text(row.get("term_level")))
    if numbers.is_missing(row.get("estimate")) or numbers.is_missing(below.get("estimate")):
        return ""
    whom = numbers.counted(row.get("n"), numbers.text(row.get("level")) or "subject")
    return (
        f"{labels.endpoint(row['endpoint'])}, {name(row)}: with {numbers.counted(row.get('n_events'), 'event')} in "
        f"{whom}, a two-sided test at 5 % finds a hazard ratio of {_ratio(row)} or more, or of {_ratio(below)} or "
        f"less, with 80 % power."
    )


def _ratio(row: dict[str, Any]) -> str:
    return numbers.ratio_interval(row["estimate"], None, None)


def name(row: dict[str, Any]) -> str:
    """Return the group and the reference in words."""
    return labels.term(row.get("grouping"), row.get("term_level"), row.get("reference"))


def _table(table: pd.DataFrame, numbering: Numbering) -> DataTable:
    footnotes, lines = Footnotes(), []
    for (level,), part in selection.parts(selection.where(table, quantity=NEEDED), "term_level"):
        first = selection.records(part)[0]
        events = f"{numbers.counted(first.get('n_events'), 'event')}, {numbers.percent(first.get('group_share'), 0)} %"
        lines.append(Row([f"{name(first)}: {events} of the subjects in this group"], is_group=True))
        now = selection.where(table, quantity=POWER_NOW, term_level=level)
        power = dict(zip(now["assumed_ratio"], now["estimate"], strict=True))
        for row in selection.records(part):
            ratio = float(row["assumed_ratio"])
            inverse = numbers.ratio_interval(1.0 / ratio, None, None)
            needed = Cell(
                numbers.count(row.get("estimate")), footnotes.mark(labels.remark(without_day(row.get("note"))))
            )
            ratios = f"{numbers.ratio_interval(ratio, None, None)} / {inverse}"
            lines.append(Row([ratios, needed, _power(power.get(ratio))]))
    columns = [Column("Hazard ratio"), Column("Events needed", True), Column("Power so far", True)]
    method = numbers.text(selection.records(table)[0].get("method"))
    notes = [f"{method}.", BOTH_WAYS]
    return DataTable(numbering.table(), CAPTION, columns, lines, notes, footnotes.items(), source="sample_size")


def _power(value: Any) -> str:
    """'80 %'; never 100 %, which no test has."""
    return ">99 %" if not numbers.is_missing(value) and value > MOST_POWER else f"{numbers.percent(value, 0)} %"
