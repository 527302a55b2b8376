"""A table for each model of the own plan that was put to the test: how well it predicts, less its optimism."""

from __future__ import annotations

from typing import Any

from analysis import removals
from analysis.report import labels, numbers
from analysis.report.blocks import Block, Column, DataTable, Footnotes, Numbering, Row
from analysis.report.own_plan import OwnPlan
from analysis.report.sections import selection
from analysis.validation import logistic_model, performance
from schemas.own_plan import PREFIX

SOURCE = "model_performance"
NAMES = {
    performance.HARRELL: "C-index (Harrell)",
    performance.WOLBERS: "C-index (Harrell), deaths counted as never having the event",
    performance.UNO: "C-index (Uno)",
    performance.SLOPE: "Slope of the score",
    logistic_model.INTERCEPT: "Intercept of the score",
    performance.AUC: "AUC",
    performance.BRIER: "Brier score",
}
"""Figures without a time."""
OPTIMISM = (
    "As fitted: on the subjects that the model was fitted to, on whom every model looks too good. Less optimism: what "
    "it may reach on others, by samples of patients drawn with replacement."
)


def performance_tables(plan: OwnPlan, name: str, called: str, numbering: Numbering) -> list[Block]:
    """Return the table of one model's test, `called` so on the page; nothing if it was not tested."""
    rows = selection.records(selection.where(plan.table(SOURCE), model=f"{PREFIX}{name}"))
    lines = [line for row in rows if (line := _line(row)) is not None]
    if not rows:
        return []
    footnotes = Footnotes()
    if not lines:
        lines = [Row([NAMES[str(rows[0]["quantity"])], numbers.MISSING, numbers.MISSING])]
    notes = [part for part in dict.fromkeys(labels.remark(rows[0].get("note")).split("; ")) if part]
    columns = [Column("Figure"), Column("As fitted (95 % CI)", True), Column("Less optimism", True)]
    caption = f"{called}, put to the test."
    said = (OPTIMISM, *(f"{note[:1].upper()}{note[1:]}." for note in notes if not note.startswith("own plan")))
    return [DataTable(numbering.table(), caption, columns, lines, said, footnotes.items(), source=SOURCE)]


def _line(row: dict[str, Any]) -> Row | None:
    """Return the line of a figure; None of those that the page leaves to the table."""
    quantity, month = str(row["quantity"]), row.get("time_months")
    when = "" if month is None or numbers.is_missing(month) else f"{float(month):g}"
    if quantity in NAMES and not when and not numbers.is_missing(row.get("estimate")):
        decimals = 3 if quantity == performance.BRIER else 2
        name = removals.beside_deaths(NAMES[quantity], numbers.text(row.get("method")))
        return Row([name, _figure(row, decimals), _number(row.get("corrected"), decimals)])
    if quantity == performance.AUC and not numbers.is_missing(row.get("estimate")):
        return Row([f"AUC at {when} months", _figure(row, 2), _number(row.get("corrected"), 2)])
    if quantity == performance.BRIER and when:
        return Row([f"Brier score at {when} months", _figure(row, 3), _number(row.get("corrected"), 3)])
    if quantity == performance.CALIBRATION and " of " in str(row["stratum"]):
        place, groups = str(row["stratum"]).split(" of ")
        predicted = numbers.percent(row.get("predicted"))
        said = f"Observed risk at {when} months, %, group {place} of {groups} (predicted {predicted} %)"
        if not when:
            said = f"Observed risk, %, group {place} of {groups} (predicted {predicted} %)"
        return Row([said, numbers.percent_interval(*selection.share_of(row)), numbers.percent(row.get("corrected"))])
    return None


def _figure(row: dict[str, Any], decimals: int) -> str:
    lower, upper = row.get("lower"), row.get("upper")
    own = _number(row.get("estimate"), decimals)
    if numbers.is_missing(lower):
        return own
    return f"{own} ({_number(lower, decimals)}–{_number(upper, decimals)})"


def _number(value: Any, decimals: int) -> str:
    return numbers.MISSING if numbers.is_missing(value) else f"{float(value):.{decimals}f}"
