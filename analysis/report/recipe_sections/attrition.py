"""Section: how the criteria lead from the release to those who are analysed, as a CONSORT picture."""

from __future__ import annotations

from itertools import pairwise

from analysis.figures.flow import FlowStep, counts_text, flow_figure, flow_svg
from analysis.figures.warning_band import with_warning
from analysis.report.blocks import FigureBlock, Numbering, Paragraph, Section
from analysis.report.content import ReportContent
from analysis.report.figure_block import LaterFigure
from analysis.report.recipe_facts import RecipeFacts

ANCHOR, TITLE = "flow", "Patients and lesions"
RELEASE, EXCLUDED, COHORT = "In the release", "Excluded", "In the cohort"


def build(content: ReportContent, numbering: Numbering) -> Section:
    """One figure; nothing is drawn for a page without a recipe."""
    facts = content.recipe
    if facts is None:
        return Section(ANCHOR, TITLE, [Paragraph("No recipe chose these patients.")])
    steps = content.flow_steps()
    said = (f"{step.label}: {counts_text(step.patients, step.lesions)}. {step.note}".strip() for step in steps)
    alt = " ".join((content.warning, "Flow of patients and lesions.", *said)).strip()
    figure = FigureBlock(
        numbering.figure(),
        "From the release to those who are analysed.",
        flow_svg(steps, alt, content.warning),
        name="flow",
        figure=LaterFigure(lambda: with_warning(flow_figure(steps), content.warning)),
    )
    return Section(ANCHOR, TITLE, [figure])


def flow_of(facts: RecipeFacts) -> list[FlowStep]:
    """Return the boxes of the picture: release, those excluded with the reasons in their order, cohort, those without
    the endpoint, and those analysed.
    """
    first, last = facts.steps[0], facts.steps[-1]
    boxes = [FlowStep(RELEASE, first.n_patients, first.n_lesions)]
    if len(facts.steps) > 1:
        gone = (first.n_patients - last.n_patients, first.n_lesions - last.n_lesions)
        boxes.append(FlowStep(EXCLUDED, *gone, "\n".join(_reasons(facts)), True))
        boxes.append(FlowStep(COHORT, last.n_patients, last.n_lesions))
    if missing := _without(facts):
        boxes.append(FlowStep("Not analysed", *_counts(facts, facts.n_without + facts.n_left_out), missing, True))
    happened = f"{facts.n_events:,} {facts.words.happened}"
    boxes.append(FlowStep("Analysed", *_counts(facts, facts.n_subjects), happened))
    return boxes


def _reasons(facts: RecipeFacts) -> list[str]:
    said = []
    for before, after in pairwise(facts.steps):
        patients, lesions = before.n_patients - after.n_patients, before.n_lesions - after.n_lesions
        counts = (patients, None) if facts.level == "patient" and (patients or not lesions) else (None, lesions)
        said.append(f"{after.reason.replace(';', ',')}: {counts_text(*counts)}")
    return said


def _without(facts: RecipeFacts) -> str:
    reasons = []
    if facts.n_without:
        reasons.append(f"not evaluable for this endpoint: {facts.n_without:,}")
    if facts.n_left_out:
        reasons.append(f"no {facts.since}, or no follow-up after it: {facts.n_left_out:,}")
    return "\n".join(reasons)


def _counts(facts: RecipeFacts, n: int) -> tuple[int | None, int | None]:
    """Return (patients, lesions) of what is counted at the recipe's level."""
    return (n, None) if facts.level == "patient" else (None, n)
