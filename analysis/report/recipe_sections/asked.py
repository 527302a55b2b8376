"""Section: what the recipe asks, and its criteria with how many each of them leaves."""

from __future__ import annotations

from itertools import pairwise

from analysis.report import labels, numbers
from analysis.report.blocks import Block, Cell, Column, DataTable, Numbering, Paragraph, Row, Section
from analysis.report.content import ReportContent
from analysis.report.recipe_facts import (
    FIRST_ABLATION,
    AttritionStep,
    RecipeFacts,
    groups_in_words,
    less,
    listed,
    told,
)
from analysis.report.variable_names import covariate_words

ANCHOR, TITLE = "criteria", "What was asked"
ATTRITION = "attrition"
MINUS = "\u2212"


def build(content: ReportContent, numbering: Numbering) -> Section:
    """Sentences on the question, and the table of criteria if there are any."""
    facts = content.recipe
    if facts is None:
        return Section(ANCHOR, TITLE, [Paragraph("No recipe chose these patients.")])
    blocks: list[Block] = [Paragraph(text) for text in (_question(facts), *how_counted(facts))]
    if len(facts.steps) > 1:
        blocks.append(_table(facts, numbering))
    return Section(ANCHOR, TITLE, blocks)


def _question(facts: RecipeFacts) -> str:
    said = f"{labels.endpoint(facts.endpoint)}, {labels.level(facts.level)}"
    said += f", by {groups_in_words(facts.by)}" if facts.by else ""
    if facts.covariates:
        said += f". Cox model of {listed([covariate_words(name) for name in facts.covariates])}"
        said += f", stratified by {listed([labels.grouping(name) for name in facts.strata])}" if facts.strata else ""
    return f"{said}."


def how_counted(facts: RecipeFacts) -> list[str]:
    """Return what is unusual about how time and events are counted, if anything is."""
    return [*_time(facts), *_lesions(facts)]


def _time(facts: RecipeFacts) -> list[str]:
    if facts.time_zero == FIRST_ABLATION:
        return []
    without = f" Left out for lack of it, or of follow-up after it: {numbers.counted(facts.n_left_out, facts.level)}."
    return [f"Time runs from {facts.from_when}, not from the first ablation.{without if facts.n_left_out else ''}"]


def _lesions(facts: RecipeFacts) -> list[str]:
    if not facts.chooses_lesions or facts.level == "lesion":
        return []
    return [
        "Criteria over lesions choose patients with at least one such lesion. What happened to a patient is counted "
        "over all treated lesions of that patient, also those that no criterion chose."
    ]


def _table(facts: RecipeFacts, numbering: Numbering) -> DataTable:
    has_names = any(step.name != step.where for step in facts.steps[1:])
    rows = [Row(["In the release", *([""] if has_names else []), *_left(facts.steps[0], None)])]
    says_of_whom = facts.chooses_lesions or facts.level == "lesion"
    for before, after in pairwise(facts.steps):
        name = f"{_name(after)} ({after.over})" if says_of_whom else _name(after)
        predicate = [Cell(after.where if after.where != after.name else "", tone="code")] if has_names else []
        rows.append(Row([name, *predicate, *_left(after, before)]))
    columns = [Column("Criterion"), *([Column("In SQL")] if has_names else [])]
    columns += [Column("Patients left", True), Column("Lesions left", True)]
    caption = "The criteria in their order, and who is left after each."
    notes = ("In brackets: how many it removes. Where a value is missing, a condition is not met.",)
    return DataTable(numbering.table(), caption, columns, rows, notes, source=ATTRITION)


def _name(step: AttritionStep) -> str:
    return step.name if step.is_kept else f"Without: {step.name}"


def _left(step: AttritionStep, before: AttritionStep | None) -> list[str]:
    counts = (step.n_patients, step.n_lesions)
    if before is None:
        return [told(n) for n in counts]
    gone = (less(before.n_patients, counts[0]), less(before.n_lesions, counts[1]))
    return [told(n) + ("" if m is None else f" ({MINUS if m else ''}{m:,})") for n, m in zip(counts, gone, strict=True)]
