"""The tables of the section on the ablation margin: LTP by class and RAS, ratios, and figures by program."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.report import labels, numbers
from analysis.report.blocks import Block, Cell, Column, DataTable, Footnotes, Numbering, Row
from analysis.report.content import ReportContent
from analysis.report.sections import checks, landmarks, removed, selection
from analysis.subjects.lesion_factors import OTHER_PROGRAM
from schemas.thresholds import MAIN_LANDMARKS_MONTHS

MODELS = (
    ("factor", "margin_fine_gray", "univariable", "Margin alone"),
    ("margin_cause_specific", "margin_fine_gray", "multivariable", "Margin with other factors"),
    ("margin_by_ras_cause_specific", "margin_by_ras_fine_gray", "multivariable", "Margin by RAS"),
    ("margin_by_ras_cause_specific", "margin_by_ras_fine_gray", "interaction", "Interaction"),
)
"""Cause-specific model, subdistribution model, analysis, and what they are called."""


def tables(content: ReportContent, numbering: Numbering) -> list[Block]:
    """Return the tables that have lines."""
    frame, of_shares = content.table("lesion_factors"), share_note(content)
    groupings = ("margin_class", "margin_below_5", "ras_by_margin")
    found: list[Block] = [
        by_group(frame, groupings, "Lesions with LTP by ablation margin and RAS.", of_shares, numbering)
    ]
    models = content.table("lesion_factor_models")
    if len(models):
        found.append(_ratios(models, ratio_note(content), numbering))
    how = [
        g
        for g in ("margin_method", "margin_software")
        if selection.distinct(_rates(frame, g), "stratum") != ["unknown"]
    ]
    if how:
        note = f"{of_shares} Beyond: lesions with a margin above the largest one with LTP, of which none had any."
        caption = "Lesions with LTP by how the margin was measured, and the largest margin with LTP."
        found.append(by_group(frame, tuple(how), caption, note, numbering, with_bound=True))
    return found


def share_note(content: ReportContent) -> str:
    """Return how shares of lesions, incidences and tests between groups are made."""
    return (
        "Share: with LTP at any time, of evaluable lesions, with the exact interval, which takes lesions for "
        "independent. LTP by 12 and 24 months: cumulative incidence with death competing, interval clustered by "
        "patient. p: robust score test between the groups above it, clustered by patient, "
        f"{removed.censored(content)}. 0 mm counts as covered."
    ) + (f" {removed.AS_DEATHS}" if removed.are_there(content) else "")


def ratio_note(content: ReportContent) -> str:
    """Return what the two kinds of ratios are."""
    return (
        f"Cause-specific: Cox model, {removed.censored(content)}. Subdistribution: Fine-Gray model. Both per lesion, "
        "with the variance clustered by patient. The ratio of the two says how many times larger the margin's ratio is "
        "with mutant RAS."
    )


def by_group(
    frame: pd.DataFrame,
    groupings: tuple[str, ...],
    caption: str,
    note: str,
    numbering: Numbering,
    with_bound: bool = False,
) -> DataTable:
    """Return lesions, LTP, share, incidence at the landmarks and test of each grouping (analysis.lesion_factors)."""
    footnotes = Footnotes()
    lines: list[Row] = []
    for grouping in groupings:
        rows = [row for row in selection.records(_rates(frame, grouping)) if _is_shown(grouping, row)]
        test = selection.one(frame, endpoint="TTLTP", grouping=grouping, quantity="clustered_chi2")
        for place, row in enumerate(rows):
            stratum = numbers.text(row["stratum"])
            cells: list[Cell | str] = [_named(grouping, stratum), numbers.count(row.get("n"))]
            cells += [numbers.count(row.get("n_events")), numbers.percent_interval(*selection.share_of(row))]
            for month in MAIN_LANDMARKS_MONTHS:
                found = selection.one(
                    frame, endpoint="TTLTP", grouping=grouping, stratum=stratum, quantity=f"incidence_{month}m"
                )
                cells.append(landmarks.cell(found, footnotes))
            if with_bound:
                cells.append(_bound(frame, grouping, stratum))
            mark = footnotes.mark(labels.remark(test.get("note")))
            is_last = place == len(rows) - 1
            cells.append(Cell(numbers.p_value(test.get("p_value")), mark) if is_last and test else "")
            lines.append(Row(cells))
    columns = [Column("Group"), Column("Lesions", True), Column("With LTP", True), Column("Share, % (95 % CI)", True)]
    columns += [Column(f"LTP by {month} months, % (95 % CI)", True) for month in MAIN_LANDMARKS_MONTHS]
    columns += [Column("Largest margin with LTP, mm; beyond", True)] if with_bound else []
    columns.append(Column("p", True))
    notes = (note, landmarks.IN_BRACKETS)
    return DataTable(numbering.table(), caption, columns, lines, notes, footnotes.items(), source="lesion_factors")


def _rates(frame: pd.DataFrame, grouping: str) -> pd.DataFrame:
    return selection.where(frame, grouping=grouping, quantity="rate")


def _is_shown(grouping: str, row: dict[str, Any]) -> bool:
    """Return whether a line is shown: lesions without a margin stand once, among the classes of the margin."""
    return numbers.text(row["stratum"]) != selection.UNKNOWN or grouping not in ("margin_below_5", "ras_by_margin")


def _named(grouping: str, stratum: str) -> str:
    if grouping == "ras_by_margin" and stratum != selection.UNKNOWN:
        name = labels.stratum(grouping, stratum)
        return f"RAS {name[:1].lower()}{name[1:]}"
    if grouping == "margin_software" and stratum == OTHER_PROGRAM:
        return "Other programs"
    if grouping == "margin_software" and stratum != selection.UNKNOWN:
        return f"Program: {stratum}"  # as sites write it
    return labels.group(grouping, stratum)


def _bound(frame: pd.DataFrame, grouping: str, stratum: str) -> str:
    """'7.9; 0 of 31 (at most 11.2 %)'."""
    largest = selection.one(frame, grouping=grouping, stratum=stratum, quantity="largest_margin_with_ltp_mm")
    beyond = selection.one(frame, grouping=grouping, stratum=stratum, quantity="rate_beyond")
    if numbers.is_missing(largest.get("estimate")):
        return numbers.MISSING
    text = f"{float(largest['estimate']):.1f}"
    if numbers.is_missing(beyond.get("upper")):
        return text
    return f"{text}; 0 of {numbers.count(beyond['n'])} (at most {numbers.percent(beyond['upper'])} %)"


def _ratios(models: pd.DataFrame, note: str, numbering: Numbering) -> DataTable:
    footnotes = Footnotes()
    lines: list[Row] = []
    for cause_specific, subdistribution, analysis, title in MODELS:
        ours = selection.where(models, model=cause_specific, analysis=analysis, quantity="hazard_ratio")
        if cause_specific == "factor":
            ours = selection.where(ours, term="margin_below_5")
        theirs = selection.where(
            models, model=subdistribution, analysis=analysis, quantity="subdistribution_hazard_ratio"
        )
        if ours.empty:
            continue
        first: dict[str, Any] = selection.records(ours)[0]
        size = f"{numbers.counted(first.get('n'), 'lesion')}, {numbers.count(first.get('n_events'))} LTP"
        epv = checks.events_per_variable(first.get("events_per_variable"))
        lines.append(Row([f"{title} ({size}, events per variable {epv})"], is_group=True))
        for row in selection.records(ours):
            other = selection.one(theirs, term=numbers.text(row["term"]), term_level=numbers.text(row["term_level"]))
            cells: list[Cell | str] = [labels.term(row["term"], row["term_level"], row["reference"])]
            for one in (row, other):
                mark = footnotes.mark(labels.remark(one.get("note")))
                cells.append(Cell(numbers.ratio_interval(*selection.share_of(one)), mark))
                cells.append(numbers.p_value(one.get("p_value")))
            lines.append(Row(cells))
    columns = [Column("Term"), Column("Ratio (95 % CI)", True), Column("p", True)]
    columns += [Column("Ratio (95 % CI)", True), Column("p", True)]
    spans = [("", 1), ("Cause-specific (Cox)", 2), ("Subdistribution (Fine-Gray)", 2)]
    caption = "Hazard ratios of LTP per lesion: the ablation margin alone, with other factors, and by RAS."
    return DataTable(
        numbering.table(),
        caption,
        columns,
        lines,
        (note,),
        footnotes.items(),
        spans,
        source="lesion_factor_models",
    )
