"""Section: Table 1, the patients' characteristics."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from analysis.report import labels, numbers
from analysis.report.blocks import Column, DataTable, Numbering, Paragraph, Row, Section
from analysis.report.content import ReportContent
from analysis.report.sections import selection
from analysis.report.variable_names import named

POSITIVE = {"yes": ("no",), "mutant": ("wild_type",), "true": ("false",)}
"""Variables with two answers take one line, that of the first; unknown is counted in the column of missing
values.
"""
UNKNOWN = "unknown"


def build(content: ReportContent, numbering: Numbering) -> Section:
    """One table, one column per stratum; a sentence when there are no patients."""
    frame = content.table("table_one")
    of_whom = "lesions" if selection.distinct(frame, "level") == ["lesion"] else "patients"
    table = characteristics(frame, "table_one", of_whom, numbering)
    return Section("characteristics", f"Characteristics of the {of_whom}", [table])


def characteristics(frame: pd.DataFrame, source: str, of_whom: str, numbering: Numbering) -> DataTable | Paragraph:
    """Return the table of patients or lesions (`of_whom`) that the analysis table `source` describes; a sentence if it
    describes none.
    """
    rows = selection.records(frame)
    grouping = selection.distinct(frame, "grouping")[0] if rows and "grouping" in frame.columns else ""
    lines: list[Row] = []
    strata = selection.distinct(frame, "stratum")
    for (variable,), part in selection.parts(frame, "variable"):
        if variable != "n":
            lines += _variable(variable, selection.records(part), strata)
    if not lines:
        return Paragraph(f"There are no {of_whom} to describe yet.")
    columns = [
        Column("Characteristic"),
        *(Column(_heading(grouping, s, rows), True) for s in strata),
        Column("Missing", True),
    ]
    notes = (
        f"Percentages are of all {of_whom} in the column (n in its heading), including those of unknown status. Where "
        f"unknown values have no line of their own, the share among {of_whom} with a known value follows the name. "
        f"Missing: missing or unknown, among all {of_whom}.",
    )
    caption = f"{of_whom.capitalize()} at first ablation."
    return DataTable(numbering.table(), caption, columns, lines, notes, source=source)


def _variable(variable: str, rows: list[dict[str, Any]], strata: list[str]) -> list[Row]:
    """The lines of one variable: one for a number or a variable with two answers, else a heading and one per
    level.
    """
    levels = list(dict.fromkeys(numbers.text(row.get("level_of_variable")) for row in rows))
    counted = [row.get("n_missing") for row in rows if numbers.text(row.get("stratum")) == strata[0]]
    missing = numbers.count(counted[0] if counted else None)
    name = named(variable).counted
    method = next((numbers.text(row.get("method")) for row in rows if row.get("method")), "")
    values = {
        (numbers.text(row.get("level_of_variable")), numbers.text(row.get("stratum"))): _spaced(row.get("value"))
        for row in rows
    }

    def line(label: str, level: str, last: str) -> Row:
        return Row([label, *(values.get((level, stratum)) or numbers.MISSING for stratum in strata), last])

    is_share = method == "n (%)"
    suffix = ", n (% of all)" if is_share else f", {method.replace(',', ', ')}" if method else ""
    if levels == [""]:
        return [line(name + suffix, "", missing)]
    known = [level for level in levels if level != UNKNOWN]
    for positive, negative in POSITIVE.items():
        if positive in known and set(known) <= {positive, *negative}:
            label = f"{_with_answer(name, variable, positive)}{suffix}"
            return [line(label + _of_known(rows, positive, strata[0]), positive, missing)]
    if not known:
        return [Row([name, *(numbers.MISSING for _ in strata), missing])]
    lines = [Row([name + suffix, *("" for _ in strata), missing])]
    return lines + [line(f"\u2003{labels.stratum(variable, level)}", level, "") for level in levels]


def _of_known(rows: list[dict[str, Any]], level: str, stratum: str) -> str:
    """'; 62.1 % of 380 known', of the first column; nothing where the status of all is known."""
    own = [row for row in rows if numbers.text(row.get("stratum")) == stratum]
    row = next((row for row in own if numbers.text(row.get("level_of_variable")) == level), {})
    n, n_missing, value = row.get("n"), row.get("n_missing"), numbers.text(row.get("value")).split(" ")[0]
    if numbers.is_missing(n) or numbers.is_missing(n_missing) or not value.isdigit() or not int(n_missing or 0):
        return ""
    n_known = int(n or 0) - int(n_missing or 0)
    return f"; {numbers.percent(int(value) / n_known)} % of {numbers.count(n_known)} known" if n_known else ""


def _spaced(value: Any) -> str:
    """'2.0 [1.0,3.0]' with a space after the comma."""
    return re.sub(r",(?=\S)", ", ", numbers.text(value)) if "[" in numbers.text(value) else numbers.text(value)


def _with_answer(name: str, variable: str, answer: str) -> str:
    """'BRAF mutant', 'Largest diameter ≥ 30 mm'; a yes needs no word."""
    if answer == "yes":
        return name
    stratum = labels.stratum(variable, answer)
    return f"{name} {stratum[:1].lower() + stratum[1:]}"


def _heading(grouping: str, stratum: str, rows: list[dict[str, Any]]) -> str:
    n = next(
        (
            row.get("n")
            for row in rows
            if numbers.text(row.get("stratum")) == stratum and not numbers.is_missing(row.get("n"))
        ),
        None,
    )
    label = labels.stratum(grouping, stratum)
    if grouping not in ("", "overall") and label != "All":
        label = f"{labels.grouping(grouping)} {label[:1].lower() + label[1:] if label[:1].isalpha() else label}"
        label = label[:1].upper() + label[1:]
    return label if n is None else f"{label}, n = {numbers.count(n)}"
