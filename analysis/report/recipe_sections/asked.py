"""Section: what the recipe asks, and its criteria with how many each of them leaves."""

from __future__ import annotations

from itertools import pairwise

from analysis.report import labels, numbers
from analysis.report.blocks import Block, Cell, Column, DataTable, Numbering, Paragraph, Row, Section
from analysis.report.content import ReportContent
from analysis.report.recipe_facts import FIRST_ABLATION, AttritionStep, RecipeFacts, groups_in_words, listed

ANCHOR, TITLE = "criteria", "What was asked"
ATTRITION = "attrition"


def build(content: ReportContent, numbering: Numbering) -> Section:
    """Sentences on the question, and the table of criteria if there are any."""
    facts = content.recipe
    if facts is None:
        return Section(ANCHOR, TITLE, [Paragraph("No recipe chose these patients.")])
    blocks: list[Block] = [Paragraph(text) for text in (_question(facts), *_time(facts), *_lesions(facts))]
    if len(facts.steps) > 1:
        blocks.append(_table(facts, numbering))
    return Section(ANCHOR, TITLE, blocks)


def _question(facts: RecipeFacts) -> str:
    said = f"{labels.endpoint(facts.endpoint)}, {labels.level(facts.level)}"
    said += f", by {groups_in_words(facts.by)}" if facts.by else ""
    if facts.covariates:
        said += f". Cox model of {listed([labels.term(name) for name in facts.covariates])}"
        said += f", stratified by {listed([labels.grouping(name) for name in facts.strata])}" if facts.strata else ""
    return f"{said}."


def _time(facts: RecipeFacts) -> list[str]:
    if facts.time_zero == FIRST_ABLATION:
        return []
    without = f" {numbers.counted(facts.n_left_out, facts.level)} without follow-up after it are left out."
    return [f"Time runs from the {facts.since}, not from the first ablation.{without if facts.n_left_out else ''}"]


def _lesions(facts: RecipeFacts) -> list[str]:
    if not facts.chooses_lesions or facts.level == "lesion":
        return []
    return [
        "Criteria over lesions choose patients with at least one such lesion. What happened to a patient is counted "
        "over all treated lesions of that patient, also those that no criterion chose."
    ]


def _table(facts: RecipeFacts, numbering: Numbering) -> DataTable:
    rows = [Row(["In the release", "", *_left(facts.steps[0], None)])]
    rows += [
        Row([_name(after), Cell(after.where if after.where != after.name else "", tone="code"), *_left(after, before)])
        for before, after in pairwise(facts.steps)
    ]
    columns = [Column("Criterion"), Column("In SQL"), Column("Patients left", True), Column("Lesions left", True)]
    caption = "The criteria in their order, and who is left after each."
    notes = ("In brackets: how many it removes. Where a value is missing, a condition is not met.",)
    return DataTable(numbering.table(), caption, columns, rows, notes, source=ATTRITION)


def _name(step: AttritionStep) -> str:
    return step.name if step.is_kept else f"Without: {step.name}"


def _left(step: AttritionStep, before: AttritionStep | None) -> list[str]:
    counts = (step.n_patients, step.n_lesions)
    gone = (None, None) if before is None else (before.n_patients - counts[0], before.n_lesions - counts[1])
    return [f"{n:,}" if m is None else f"{n:,} (\u2212{m:,})" for n, m in zip(counts, gone, strict=True)]
