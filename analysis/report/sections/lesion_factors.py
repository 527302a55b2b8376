"""Section: who the lesions are, and what else than the margin goes with LTP: place, technique, size."""

from __future__ import annotations

import pandas as pd

from analysis.plan.lesion_factors import OTHER_GROUPINGS
from analysis.report import labels, numbers
from analysis.report.blocks import Block, Cell, Column, DataTable, Footnotes, Numbering, Paragraph, Row, Section
from analysis.report.content import ReportContent
from analysis.report.sections import checks, margin_tables, removed, selection
from analysis.report.sections.characteristics import characteristics

ANCHOR, TITLE = "lesion-factors", "Factors of lesions"
MODELS = (
    ("factor", "univariable", "Each factor alone"),
    ("all_factors", "multivariable", "All factors together"),
    ("study_with_margin", "multivariable", "The index study's covariates with the margin"),
)
"""Model, analysis, and what it is called."""


def build(content: ReportContent, numbering: Numbering) -> Section:
    """Table 1 of the lesions, LTP by factor and the models; sentences where there is nothing."""
    blocks: list[Block] = [characteristics(content.table("lesion_table_one"), "lesion_table_one", "lesions", numbering)]
    frame = content.table("lesion_factors")
    shown = tuple(name for name in OTHER_GROUPINGS if _n_known(frame, name) > 1)
    if shown:
        caption = "Lesions with LTP by place, technique and size."
        blocks.append(margin_tables.by_group(frame, shown, caption, margin_tables.share_note(content), numbering))
    models = content.table("lesion_factor_models")
    is_fitted = len(models) > 0
    blocks.append(_models(content, numbering) if is_fitted else Paragraph("No model of lesions could be fitted yet."))
    return Section(ANCHOR, TITLE, blocks)


def _n_known(frame: pd.DataFrame, grouping: str) -> int:
    strata = selection.distinct(selection.where(frame, grouping=grouping, quantity="rate"), "stratum")
    return len([stratum for stratum in strata if stratum != selection.UNKNOWN])


def _models(content: ReportContent, numbering: Numbering) -> DataTable:
    models = content.table("lesion_factor_models")
    footnotes = Footnotes()
    lines: list[Row] = []
    for model, analysis, title in MODELS:
        rows = selection.where(models, model=model, analysis=analysis, quantity="hazard_ratio")
        if rows.empty:
            continue
        first = selection.records(rows)[0]
        epv = checks.events_per_variable(first.get("events_per_variable"))
        size = "" if model == "factor" else f" (events per variable {epv})"
        lines.append(Row([f"{title}{size}"], is_group=True))
        for row in selection.records(rows):
            cells: list[Cell | str] = [labels.term(row["term"], row["term_level"], row["reference"])]
            cells += [numbers.count(row.get("n")), numbers.count(row.get("n_events"))]
            mark = footnotes.mark(labels.remark(row.get("note")))
            cells.append(Cell(numbers.ratio_interval(*selection.share_of(row)), mark))
            cells += [numbers.p_value(row.get("p_value")), numbers.p_value(row.get("ph_p_value"))]
            lines.append(Row(cells))
    columns = [Column("Term"), Column("Lesions", True), Column("LTP", True), Column("Hazard ratio (95 % CI)", True)]
    columns += [Column("p", True), Column("p, PH", True)]
    caption = "Hazard ratios of LTP per lesion: each factor alone, and together."
    return DataTable(
        numbering.table(), caption, columns, lines, (_note(content),), footnotes.items(), source="lesion_factor_models"
    )


def _note(content: ReportContent) -> str:
    return (
        f"Cox models of LTP per lesion, {removed.censored(content)}, variance clustered by patient. p, PH: test of "
        "proportional hazards, which treats lesions as independent. Below 10 events per variable, read with caution; "
        "below 5, not shown. The short axis of the zone is nearly the lesion with twice the margin: beside both, its "
        "ratio says little."
    )
