"""Section: two hazard ratios of LTP with death competing, Fine and Gray's and the cause-specific one."""

from __future__ import annotations

import pandas as pd

from analysis import primary
from analysis.report import labels, numbers
from analysis.report.blocks import Block, Cell, Column, DataTable, Footnotes, Numbering, Paragraph, Row, Section
from analysis.report.content import ReportContent
from analysis.report.sections import checks, removed, selection

ANCHOR, TITLE = "competing", "Hazards of LTP with death competing"
MODELS = (("fine_gray", "subdistribution_hazard_ratio"), ("cause_specific", "hazard_ratio"))


def build(content: ReportContent, numbering: Numbering) -> Section:
    """One table with both ratios of each term; a sentence where neither could be fitted."""
    frame = content.table("fine_gray")
    terms = frame[frame["quantity"].isin([q for _, q in MODELS])] if "quantity" in frame else frame
    if terms.empty:
        return Section(ANCHOR, TITLE, [Paragraph("No model with death competing could be fitted yet.")])
    footnotes = Footnotes()
    lines = []
    for (_, _), part in selection.parts(terms, "term", "term_level"):
        by_model = {row["model"]: row for row in selection.records(part)}
        any_row = next(iter(by_model.values()))
        cells: list[Cell | str] = [
            labels.term(any_row.get("term"), any_row.get("term_level"), any_row.get("reference"))
        ]
        for model, _ in MODELS:
            row = by_model.get(model, {})
            mark = footnotes.mark(labels.remark(row.get("note")))
            cells += [Cell(numbers.ratio_interval(*selection.share_of(row)), mark), numbers.p_value(row.get("p_value"))]
        lines.append(Row(cells))
    first = selection.records(terms)[0]
    columns = [Column("Term"), Column("Ratio (95 % CI)", True), Column("p", True)]
    columns += [Column("Ratio (95 % CI)", True), Column("p", True)]
    spans = [("", 1), ("Subdistribution (Fine-Gray)", 2), ("Cause-specific (Cox)", 2)]
    caption = (
        f"Hazard ratios of LTP per patient, all terms together: n = {numbers.count(first.get('n'))}, "
        f"{numbers.count(first.get('n_events'))} with LTP, "
        f"{checks.events_per_variable(first.get('events_per_variable'))} events per variable."
    )
    checked = [
        f"{name}: {said}."
        for (model, _), name in zip(MODELS, ("Fine-Gray", "Cause-specific"), strict=True)
        if (said := checks.of_model(content, model=model))
    ]
    notes = [*checked, checks.of_cohort(content.table("guards"), "TTLTP", "patient")]
    kept = [note for note in notes if note]
    table = DataTable(numbering.table(), caption, columns, lines, kept, footnotes.items(), spans, source="fine_gray")
    text = Paragraph(
        "The cause-specific ratio compares the rate of LTP among those still alive; the subdistribution ratio compares "
        "how many ever have LTP. Where a factor also changes the rate of death, the two differ, so both are shown."
        + (f" {removed.AS_DEATHS}" if removed.are_there(content, primary.LEVEL) else "")
    )
    return Section(ANCHOR, TITLE, [text, *_two_of_deaths_censored(content, terms), table])


def _two_of_deaths_censored(content: ReportContent, terms: pd.DataFrame) -> list[Block]:
    """Explain why the index study's endpoint, whose model also censors deaths, has a different ratio for KRAS."""
    of_gene = {"term": primary.GROUPING, "term_level": primary.CONTRAST}
    here = selection.one(terms, model="cause_specific", **of_gene)
    wanted = {"endpoint": "LTPFS_STUDY", "cohort": "all", "analysis": "multivariable", "quantity": "hazard_ratio"}
    study = selection.one(content.table("cox"), **wanted, **of_gene)
    ratios = [numbers.ratio_interval(row.get("estimate"), None, None) for row in (here, study)]
    if numbers.MISSING in ratios or ratios[0] == ratios[1]:
        return []
    name = labels.term(primary.GROUPING, primary.CONTRAST, primary.REFERENCE)
    return [
        Paragraph(
            f"Two models censor deaths, and their ratios for {name} differ: {ratios[0]} here, {ratios[1]} for the "
            "LTP-free time of the index study. They count the same LTP over different follow-up times. Here a patient "
            "is followed until death or, if alive, until the earliest of the days on which each lesion was last "
            "assessed, so that all are known to be free of LTP; there, until the latest exam of any lesion, and a "
            "death after that exam is not seen."
        )
    ]
