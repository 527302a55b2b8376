"""Section: crude rates of local tumour progression, with tests between groups."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.report import labels, numbers
from analysis.report.blocks import Cell, Column, DataTable, Footnotes, Numbering, Paragraph, Row, Section
from analysis.report.content import ReportContent
from analysis.report.sections import selection

COLUMNS = (
    Column("Group"),
    Column("n", True),
    Column("With LTP", True),
    Column("Rate, % (95 % CI)", True),
    Column("Odds ratio (95 % CI)", True),
    Column("p, Pearson", True),
    Column("p, Yates", True),
    Column("p, Fisher", True),
)
NOTES = (
    "n: evaluable subjects. Rate: share with LTP at any time during follow-up, with Wilson's interval. It does "
    "not allow for how long "
    "each was followed; the time-to-event figures below do.",
    "Odds ratio: the last group versus the first, with Woolf's interval. p: Pearson's chi-square without "
    "correction, with Yates' "
    "correction, and Fisher's exact test. Groups of unknown status are shown and left out of the tests.",
    "Lesions of one patient are not independent: the tests per lesion treat them as if they were and are descriptive.",
)
KRAS = ("mutant", "wild_type")
SAID_ALREADY = (" against ", "lesions of one patient are not independent")


def build(content: ReportContent, numbering: Numbering) -> Section:
    """One table: patients first, then lesions; a sentence when there are no rates."""
    rates = content.table("ltp_rates")
    title = "Local tumour progression"
    if selection.where(rates, quantity="rate").empty:
        return Section(
            "ltp",
            title,
            [Paragraph("No patient or lesion can be evaluated for LTP yet, so there are no rates.")],
        )
    footnotes = Footnotes()
    rows: list[Row] = []
    for (level,), by_level in selection.parts(rates, "level"):
        rows.append(Row([labels.level(level).capitalize()], is_group=True))
        for (grouping,), part in selection.parts(by_level, "grouping"):
            rows += _group_rows(grouping, selection.records(selection.where(part, quantity="rate")), part, footnotes)
    caption = "Patients and lesions with LTP, by group."
    table = DataTable(numbering.table(), caption, COLUMNS, rows, NOTES, footnotes.items(), source="ltp_rates")
    return Section("ltp", title, [Paragraph(_sentence(rates)), table])


def _sentence(rates: pd.DataFrame) -> str:
    """Give the crude shares in words; they are never called actuarial."""
    said = []
    for level, name in (("patient", "evaluable patients"), ("lesion", "evaluable lesions")):
        row = selection.one(rates, level=level, grouping="overall", quantity="rate")
        if not numbers.is_missing(row.get("estimate")):
            counts = f"{numbers.count(row.get('n_events'))} of {numbers.count(row.get('n'))} {name}"
            said.append(f"{counts} ({numbers.percent(row['estimate'])} %{_interval(row)})")
    text = f"LTP was found in {' and in '.join(said)}. " if said else ""
    test = selection.one(rates, level="patient", grouping="kras", quantity="odds_ratio")
    by = [selection.one(rates, level="patient", grouping="kras", quantity="rate", stratum=s) for s in KRAS]
    if not any(numbers.is_missing(row.get("estimate")) for row in (*by, test)):
        shares = " and ".join(f"{numbers.percent(row['estimate'])} %" for row in by)
        ratio = numbers.ratio_interval(*selection.share_of(test))
        text += f"By KRAS, LTP was found in {shares} of patients (mutant, wild-type); the odds ratio was {ratio}. "
    return text + "These are crude shares: they do not allow for how long each was followed."


def _interval(row: dict[str, Any]) -> str:
    if numbers.is_missing(row.get("lower")):
        return ""
    return f", 95 % CI {numbers.percent(row['lower'])}–{numbers.percent(row['upper'])}"


def _group_rows(grouping: str, strata: list[dict[str, Any]], part: pd.DataFrame, footnotes: Footnotes) -> list[Row]:
    """Return the lines of one grouping. Tests are in the line of the last stratum compared; if there is only one, they
    say there why it was not compared.
    """
    tests = selection.by_quantity(part[part["quantity"] != "rate"])
    compared = [
        place for place, row in enumerate(strata) if numbers.text(row.get("stratum")).lower() not in ("unknown", "")
    ]
    last = compared[-1] if compared and tests else None
    first = compared[0] if len(compared) > 1 and tests else None
    rows = []
    for place, row in enumerate(strata):
        cells: list[Cell | str] = [
            Cell(labels.group(grouping, row.get("stratum")), footnotes.mark(_remark(row))),
            numbers.count(row.get("n")),
            numbers.count(row.get("n_events")),
            numbers.percent_interval(*selection.share_of(row)),
        ]
        if place == last:
            odds = tests.get("odds_ratio", {})
            cells.append(Cell(numbers.ratio_interval(*selection.share_of(odds)), footnotes.mark(_remark(odds))))
            for quantity in ("pearson_chi2", "yates_chi2", "fisher_exact"):
                test = tests.get(quantity, {})
                cells.append(Cell(numbers.p_value(test.get("p_value")), footnotes.mark(_remark(test))))
        else:
            cells += [
                Cell("1 (reference)", tone="soft") if place == first and "odds_ratio" in tests else "",
                "",
                "",
                "",
            ]
        rows.append(Row(cells))
    return rows


def _remark(test: dict[str, Any]) -> str:
    """Return a row's note without what the table and NOTES already say: which groups are compared, and that lesions
    are clustered.
    """
    return "; ".join(
        part
        for part in labels.remark(test.get("note")).split("; ")
        if part and not any(known in part for known in SAID_ALREADY)
    )
