"""Section: the Cox model that the recipe names, each term alone and all together, with its checks."""

from __future__ import annotations

from dataclasses import replace

from analysis.report import labels, numbers
from analysis.report.blocks import Block, Numbering, Paragraph, Section
from analysis.report.content import ReportContent
from analysis.report.figure_block import on_page
from analysis.report.recipe_facts import RecipeFacts, listed, told_of
from analysis.report.sections import checks, models, removed, selection

ANCHOR, TITLE = "models", "Models"
(COX,) = (kind for kind in models.KINDS if kind.table == "cox")
JOINT, ALONE = "multivariable", "univariable"


def build(content: ReportContent, numbering: Numbering) -> Section:
    """A sentence, the forest plot and the table; an empty section where the recipe asks for no model."""
    facts = content.recipe
    if facts is None or not facts.covariates:
        return Section(ANCHOR, TITLE, [])
    content = as_joint(content)
    blocks: list[Block] = [Paragraph(_sentence(content, facts))]
    if drawn := models.drawing(COX, content.table("cox"), whose=""):
        blocks.append(on_page(drawn._replace(note=""), numbering))
    blocks.append(models.model_table(COX, content, numbering, whose="this cohort"))
    return Section(ANCHOR, TITLE, blocks)


def as_joint(content: ReportContent) -> ReportContent:
    """Return the content with the model of a single covariate shown as the model of all covariates, which it is."""
    frames = {name: content.table(name) for name in ("cox", "guards") if len(content.table(name))}
    if "cox" not in frames or len(selection.where(frames["cox"], analysis=JOINT)):
        return content
    made = {name: frame.assign(analysis=frame["analysis"].replace(ALONE, JOINT)) for name, frame in frames.items()}
    return replace(content, tables={**content.tables, **made})


def _sentence(content: ReportContent, facts: RecipeFacts) -> str:
    said = f"Cox model of {facts.words.event}"
    before = removed.competitors(content, facts.endpoint, facts.level)
    said += f", cause-specific ({before} before it are censored)" if facts.competes else ""
    said += f", stratified by {listed([labels.grouping(name) for name in facts.strata])}" if facts.strata else ""
    cluster = facts.cluster or ("patient_id" if facts.level == "lesion" else "")
    if cluster:
        of_one = "patient" if cluster == "patient_id" else labels.grouping(cluster)
        said += f"; standard errors allow for several {facts.level}s of one {of_one}"
    checked = checks.of_model(content, model="cohort", analysis=JOINT)
    row = selection.one(content.table("cox"), analysis=JOINT)
    n = row.get("n")
    if content.disclosure and not row:
        return f"{said}. It does not leave: too few of its counts do."
    whom = told_of(facts.n_subjects, facts.level)
    whom = whom if n == facts.n_subjects else f"{numbers.count(n)} of {whom}, those with complete covariates"
    size = f" {whom}; {numbers.counted(row.get('n_events'), 'event')}"
    return f"{said}.{size}{f'; {checked}' if checked else ''}."
