"""Months free of the event within a window, and their differences: part of the section on time to event."""

from __future__ import annotations

from typing import Any

from analysis.report import labels, numbers
from analysis.report.blocks import Block, Cell, Column, DataTable, Footnotes, Numbering, Row
from analysis.report.content import ReportContent
from analysis.report.sections import selection

NOTES = (
    "Months free of the event within the window, on average: the area under the Kaplan-Meier curve, with Greenwood's "
    "variance. A difference does not assume proportional hazards. In brackets: the number at risk at the end of the "
    "window. – : a group's follow-up ends before the window does.",
)


def blocks(content: ReportContent, numbering: Numbering) -> list[Block]:
    """One table, or nothing where there are no means."""
    frame = content.table("restricted_mean")
    means = selection.where(frame, quantity="restricted_mean_months")
    if means.empty or not means["estimate"].notna().any():
        return []
    windows = sorted({float(tau) for tau in means["tau_months"]})
    footnotes = Footnotes()
    lines: list[Row] = []
    for (endpoint, level), by_endpoint in selection.parts(frame, "endpoint", "level"):
        lines.append(Row([f"{labels.endpoint(endpoint)}, {labels.level(level)}"], is_group=True))
        for (grouping, stratum), part in selection.parts(by_endpoint, "grouping", "stratum"):
            if not stratum:
                continue
            rows = {(row["quantity"], float(row["tau_months"])): row for row in selection.records(part)}
            lines.append(_line(grouping, stratum, rows, windows, footnotes))
    columns = [Column("Group"), Column("n", True), Column("Events", True)]
    spans = [("", 3)]
    for tau in windows:
        columns += [Column("Mean (95 % CI)", True), Column("Difference (95 % CI)", True), Column("p", True)]
        spans.append((f"Months within {tau:g}", 3))
    caption = "Restricted mean time free of the event."
    number, source = numbering.table(), "restricted_mean"
    return [DataTable(number, caption, columns, lines, NOTES, footnotes.items(), spans, source=source)]


def _line(grouping: str, stratum: str, rows: dict, windows: list[float], footnotes: Footnotes) -> Row:
    first: dict[str, Any] = next(iter(rows.values()))
    cells: list[Cell | str] = [
        labels.group(grouping, stratum),
        numbers.count(first.get("n")),
        numbers.count(first.get("n_events")),
    ]
    for tau in windows:
        mean = rows.get(("restricted_mean_months", tau), {})
        at_risk = mean.get("n_at_risk")
        is_shown = not numbers.is_missing(mean.get("estimate")) and not numbers.is_missing(at_risk)
        bracket = f" [{numbers.count(at_risk)}]" if is_shown else ""
        text = f"{numbers.months_interval(*selection.share_of(mean))}{bracket}"
        cells.append(Cell(text, footnotes.mark(_note(mean))))
        difference = rows.get(("difference_months", tau), {})
        of_difference = footnotes.mark(_note(difference)) if difference else ""
        cells.append(Cell(signed_interval(*selection.share_of(difference)), of_difference) if difference else "")
        cells.append(numbers.p_value(difference.get("p_value")) if difference else "")
    return Row(cells)


def _note(row: dict[str, Any]) -> str:
    note = numbers.text(row.get("note"))
    return "" if "ends before the window" in note else labels.remark(note)


def signed_interval(value: Any, lower: Any, upper: Any) -> str:
    """'−4.3 (−7.0 to −1.6)'; an en dash without a value."""
    if numbers.is_missing(value):
        return numbers.MISSING
    printed = [
        numbers.MISSING if numbers.is_missing(v) else f"{float(v):+.1f}".replace("-", "−")
        for v in (value, lower, upper)
    ]
    return f"{printed[0]} ({printed[1]} to {printed[2]})" if numbers.MISSING not in printed[1:] else printed[0]
