"""Section: the course of each lesion, and models whose variance allows for several lesions of one patient.

No lesion is named.
"""

from __future__ import annotations

import pandas as pd

from analysis import removals
from analysis.figures.swimmer import MAX_LESIONS, swimmer_figure, systemic_spans
from analysis.report import labels as words
from analysis.report import numbers
from analysis.report.blocks import Block, Cell, Column, DataTable, Footnotes, Numbering, Paragraph, Row, Section
from analysis.report.content import ReportContent
from analysis.report.figure_block import Drawing, on_page
from analysis.report.sections import checks, removed, selection

TITLE = "Lesions"
RATIOS = {
    ("hazard_ratio", "TTLTP"): "Hazard ratio of LTP (Cox, {censored})",
    ("hazard_ratio", "LTPFS"): "Hazard ratio of LTP or death (Cox)",
    ("odds_ratio", "LTP"): "Odds ratio of LTP (logistic, generalised estimating equations)",
}
EVENTS = {"LTPFS": "with LTP or of a patient who died"}
NOTES = (
    "Lesions of one patient are not independent: the variance is the robust sandwich, clustered by patient. The "
    "diameter is the lesion's own. p, PH: test of proportional hazards, which treats lesions as independent.",
)


def build(content: ReportContent, numbering: Numbering) -> Section:
    """The swimmer plot and one table of both models; sentences where there is nothing."""
    swimmer = drawing(content.courses, content.n_courses)
    blocks: list[Block] = [on_page(swimmer, numbering)] if swimmer else []
    if not swimmer and not content.disclosure:
        blocks.append(Paragraph("No lesion can be followed to LTP yet."))
    return Section("lesions", TITLE, [*blocks, _table(content, numbering)])


def drawing(courses: pd.DataFrame, n_lesions: int) -> Drawing | None:
    """The swimmer plot of `courses` (stratum, months, event, systemic) of `n_lesions` in all; None without lesions."""
    if courses.empty:
        return None
    labels = {stratum: words.stratum("kras", stratum) for stratum in ("wild_type", "mutant", "unknown")}
    labels = {stratum: f"KRAS {name.lower()}" for stratum, name in labels.items()}
    n_ltp, n_dead = (int((courses["event"] == event).sum()) for event in (1, 2))
    shown = f"all of {numbers.counted(n_lesions, 'evaluable lesion')}" if len(courses) == n_lesions else ""
    shown = shown or f"{len(courses):,} of {numbers.counted(n_lesions, 'evaluable lesion')}, evenly sampled"
    dead = numbers.counted(n_dead, "death")
    note = (
        f"Shown: {shown}; {n_ltp} LTP, {dead} before it. Each line is one lesion from its first ablation to LTP, "
        "to death, or to its last qualifying exam; the longest come first. Lesions are not named."
    )
    if removals.are_in(courses["event"]):
        note += " A line with a square ends where the lesion's area was resected or the liver transplanted; "
        note += "no LTP was seen. In estimates of the time to LTP such removals are treated as deaths are: they "
        note += "compete with LTP, or are censored."
    if systemic_spans(courses.head(MAX_LESIONS)):
        note += (
            " Thin dark lines show systemic therapy from the ablation on; a therapy without a last day is drawn to "
            "the end of its lesion's line."
        )
    alt = f"Swimmer plot of lesions by KRAS. {note}"
    figure = swimmer_figure(courses.head(MAX_LESIONS), labels)
    return Drawing(figure, "swimmer", "Course of each ablated lesion, by KRAS.", alt, note)


def _table(content: ReportContent, numbering: Numbering) -> Block:
    frame = content.table("lesion_models")
    terms = frame[frame["quantity"].isin([quantity for quantity, _ in RATIOS])] if "quantity" in frame else frame
    if terms.empty:
        return Paragraph("No model of lesions could be fitted yet.")
    footnotes = Footnotes()
    lines: list[Row] = []
    for (quantity, endpoint, model), part in selection.parts(terms, "quantity", "endpoint", "model"):
        rows = selection.records(part)
        size = f"n = {numbers.counted(rows[0].get('n'), 'lesion')}, {numbers.count(rows[0].get('n_events'))} "
        size += EVENTS.get(endpoint, "with LTP")
        mark = footnotes.mark(checks.of_model(content, model=model).replace("; ", ", "))
        name = RATIOS.get((quantity, endpoint), quantity).format(censored=removed.censored(content))
        lines.append(Row([Cell(f"{name}; {size}", mark)], is_group=True))
        for row in rows:
            cells: list[Cell | str] = [words.term(row.get("term"), row.get("term_level"), row.get("reference"))]
            mark = footnotes.mark(words.remark(row.get("note")))
            cells.append(Cell(numbers.ratio_interval(*selection.share_of(row)), mark))
            cells += [numbers.p_value(row.get("p_value")), numbers.p_value(row.get("ph_p_value"))]
            lines.append(Row(cells))
    columns = [Column("Term"), Column("Ratio (95 % CI)", True), Column("p", True), Column("p, PH", True)]
    notes = [*NOTES, checks.of_cohort(content.table("guards"), "TTLTP", "lesion")]
    caption = "Models of lesions, all terms together, clustered by patient."
    said = [note for note in notes if note]
    return DataTable(numbering.table(), caption, columns, lines, said, footnotes.items(), source="lesion_models")
