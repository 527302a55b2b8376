"""Section: would another reasonable analysis have said the same?"""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.report import labels, numbers
from analysis.report.blocks import Block, Cell, Column, DataTable, Footnotes, Numbering, Paragraph, Row, Section
from analysis.report.content import ReportContent
from analysis.report.sections import checks, removed, selection

ANCHOR, TITLE = "sensitivity", "Sensitivity analyses"
RATIOS = {"hazard_ratio": "hazard ratio", "odds_ratio": "odds ratio", "logrank_chi2": "log-rank test"}
EVENTS = {"LTPFS": "LTP or death"}
VARIANTS = {
    "few events": "Few events",
    "landmark 90 days": "Followed from day 90 on (landmark)",
    "effects by period": "Effects by period",
    "interval censoring": "LTP known only to lie between two exams (Turnbull)",
    "last scan": "Deaths more than 183 days after the last scan censored at that scan",
    "stratified by site": "Compared within sites only",
    "delayed entry": "Lesions at risk from their first adequate exam on",
}
SHARES = {
    "interval censoring": (
        "Lesions free of LTP where its day is known only to lie between two exams.",
        "Free of LTP",
        "Deaths censored. Kaplan-Meier dates LTP to one day of its interval; Turnbull's method does not choose a day.",
    ),
    "last scan": (
        "Patients free of LTP and alive, deaths long after the last scan censored at that scan.",
        "Alive without LTP",
        "A death more than 183 days after the last scan that assessed all lesions does not count as an event.",
    ),
}
"""Variant -> caption, what being free of the event is called, and a note."""
REMOVED_FOLLOWED = "A treated area that was removed counts until its last exam here, not until its removal."
TERM = ("term", "term_level", "reference")
BY = ("grouping", "stratum")
DETECTED, TURNBULL = "Kaplan-Meier, event at the exam that found it", "Turnbull, interval-censored"
FEW_AT_RISK = "few at risk"
METHODS = {"logistic regression, profile": "profile likelihood", "Firth": "Firth's penalty"}


def build(content: ReportContent, numbering: Numbering) -> Section:
    """One table of ratios and one of shares; a sentence where there are none."""
    frame = content.table("sensitivity")
    if frame.empty:
        return Section(ANCHOR, TITLE, [Paragraph("There are no other analyses to compare with yet.")])
    text = (
        "The main contrast by other methods: profile-likelihood limits and Firth's penalty, because events are few; a "
        "landmark at 90 days, because early viable tumour may be residual; effects before and after 12 months, of KRAS "
        "and of each term whose hazards are not proportional (p < 0.05); interval censoring, because LTP is found at "
        "an exam but begins before it; deaths long after the last scan censored at that scan, because the time between "
        "was not observed; comparisons within sites only, because sites differ; and entry at the first adequate exam, "
        "because LTP cannot be seen before it."
    )
    blocks: list[Block] = [Paragraph(text)]
    ratios = frame[frame["quantity"].isin(list(RATIOS))] if "quantity" in frame else frame.iloc[:0]
    if len(ratios):
        blocks.append(_ratios(ratios, numbering))
    for variant in SHARES:
        own = selection.where(frame, variant=variant)
        blocks += _consequence(own) if variant == "interval censoring" else []
        blocks += _shares(content, variant, own, numbering)
    return Section(ANCHOR, TITLE, blocks)


def _ratios(ratios: pd.DataFrame, numbering: Numbering) -> DataTable:
    footnotes = Footnotes()
    lines: list[Row] = []
    keys = ("variant", "method", "quantity", "endpoint", "level")
    for (variant, method, quantity, endpoint, level), part in selection.parts(ratios, *keys):
        rows = selection.records(part)
        how = next((f", {words_} " for start, words_ in METHODS.items() if method.startswith(start)), "").rstrip()
        event = EVENTS.get(endpoint, "LTP") + (", lesions" if level == "lesion" else "")
        heading = f"{VARIANTS.get(variant, variant)}{how}: {RATIOS[quantity]} of {event}"
        lines.append(Row([heading], is_group=True))
        for row in rows:
            is_test = quantity == "logrank_chi2"
            term = labels.grouping(row.get("grouping")) if is_test else labels.term(*(row.get(name) for name in TERM))
            period = numbers.text(row.get("period"))
            mark = footnotes.mark(labels.remark(row.get("note")))
            cells: list[Cell | str] = [f"{term}, {period}" if period else term, numbers.count(row.get("n"))]
            cells += [numbers.count(row.get("n_events")), checks.events_per_variable(row.get("events_per_variable"))]
            ratio = numbers.MISSING if is_test else numbers.ratio_interval(*selection.share_of(row))
            cells += [Cell(ratio, mark), numbers.p_value(row.get("p_value"))]
            lines.append(Row(cells))
    columns = [Column("Term"), Column("n", True), Column("Events", True), Column("Events per variable", True)]
    columns += [Column("Ratio (95 % CI)", True), Column("p", True)]
    caption = "The models by other methods, all terms together."
    return DataTable(numbering.table(), caption, columns, lines, (), footnotes.items(), source="sensitivity")


def _consequence(frame: pd.DataFrame) -> list[Block]:
    """Say how much the day to which LTP is dated matters: the usual curve beside Turnbull's, at 12 months, by group."""
    said = []
    for (grouping, stratum), part in selection.parts(selection.where(frame, quantity="survival_12m"), *BY):
        usual, turnbull = (selection.one(part, method=method) for method in (DETECTED, TURNBULL))
        is_few = any(FEW_AT_RISK in numbers.text(row.get("note")) for row in (usual, turnbull))
        if is_few or stratum == selection.UNKNOWN:
            continue
        if numbers.is_missing(usual.get("estimate")) or numbers.is_missing(turnbull.get("estimate")):
            continue
        name = labels.group(grouping, stratum)
        points = f"{100 * (float(usual['estimate']) - float(turnbull['estimate'])):+.1f}".replace("-", "\N{MINUS SIGN}")
        both = f"{numbers.percent(usual['estimate'])} % and {numbers.percent(turnbull['estimate'])} %"
        said.append(f"{name[:1].lower() + name[1:] if name == 'All' else name} {both} ({points} points)")
    if not said:
        return []
    text = (
        "The curves on this page date LTP by the exam that found it, which is later than its onset. Lesions free of "
        "LTP at 12 months by that date, and with its day known only to lie between two exams: "
        f"{'; '.join(said)}. Where the first figure is larger, the curves overstate freedom from LTP by that "
        "difference, and by more where exams are further apart."
    )
    return [Paragraph(text)]


def _shares(content: ReportContent, variant: str, frame: pd.DataFrame, numbering: Numbering) -> list[Block]:
    is_share = [numbers.text(quantity).startswith("survival_") for quantity in frame.get("quantity", [])]
    shares = frame[is_share] if len(frame) else frame
    if shares.empty or not shares["estimate"].notna().any():
        return []
    caption, free, note = SHARES[variant]
    quantities = [q for q in selection.distinct(shares, "quantity") if q.startswith("survival_")]
    lines: list[Row] = []
    footnotes = Footnotes()
    for (grouping, stratum), of_group in selection.parts(shares, "grouping", "stratum"):
        first = selection.records(of_group)[0]
        unit, event = numbers.text(first.get("level")) or "lesion", EVENTS.get(first["endpoint"], "LTP")
        size = f"{numbers.counted(first.get('n'), unit)}, {numbers.count(first.get('n_events'))} with {event}"
        lines.append(Row([f"{labels.group(grouping, stratum)} ({size})"], is_group=True))
        for (method,), part in selection.parts(of_group, "method"):
            found: dict[str, dict[str, Any]] = selection.by_quantity(part)
            cells: list[Cell | str] = [method.replace("Turnbull, interval-censored", "Turnbull")]
            for quantity in quantities:
                row = found.get(quantity, {})
                mark = footnotes.mark(_own_note(row))
                cells.append(Cell(numbers.percent_interval(*selection.share_of(row)), mark))
            lines.append(Row(cells))
    columns = [Column("Method")]
    columns += [Column(f"{q.removeprefix('survival_').removesuffix('m')} months", True) for q in quantities]
    spans = [("", 1), (f"{free}, % (95 % CI) at", len(quantities))]
    is_followed = variant == "interval censoring" and removed.are_there(content)
    notes = (f"{note} {REMOVED_FOLLOWED}" if is_followed else note,)
    number, source = numbering.table(), "sensitivity"
    return [DataTable(number, caption, columns, lines, notes, footnotes.items(), spans, source=source)]


def _own_note(row: dict[str, Any]) -> str:
    parts = labels.remark(row.get("note")).split("; ")
    return "; ".join(part for part in parts if part and part != "lesions" and "censored" not in part)
