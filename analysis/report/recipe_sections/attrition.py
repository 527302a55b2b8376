"""Section: how the criteria lead from the release to those who are analysed, as a CONSORT picture."""

from __future__ import annotations

from itertools import pairwise

from analysis.figures.flow import FlowStep, counts_text, flow_figure, flow_svg
from analysis.figures.warning_band import with_warning
from analysis.report.blocks import FigureBlock, Numbering, Paragraph, Section
from analysis.report.content import ReportContent
from analysis.report.figure_block import LaterFigure
from analysis.report.recipe_facts import SUPPRESSED, RecipeFacts, less, told

ANCHOR, TITLE = "flow", "Patients and lesions"
RELEASE, EXCLUDED, COHORT = "In the release", "Excluded", "In the cohort"
HIDDEN = "a count that is not shown is suppressed"


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
    boxes = [_box(RELEASE, first.n_patients, first.n_lesions)]
    if len(facts.steps) > 1:
        gone = (less(first.n_patients, last.n_patients), less(first.n_lesions, last.n_lesions))
        boxes.append(FlowStep(EXCLUDED, *gone, "\n".join(_reasons(facts)), True))
        boxes.append(_box(COHORT, last.n_patients, last.n_lesions))
    if missing := _without(facts):
        n = None if facts.n_without is None or facts.n_left_out is None else facts.n_without + facts.n_left_out
        boxes.append(FlowStep("Not analysed", *_counts(facts, n), missing, True))
    happened = f"{told(facts.n_events)} {facts.words.happened}"
    if facts.n_subjects is None:
        happened = f"{HIDDEN}\n{happened}"
    boxes.append(FlowStep("Analysed", *_counts(facts, facts.n_subjects), happened))
    return boxes


def _box(label: str, patients: int | None, lesions: int | None) -> FlowStep:
    return FlowStep(label, patients, lesions, HIDDEN if None in (patients, lesions) else "")


def _reasons(facts: RecipeFacts) -> list[str]:
    said = []
    for before, after in pairwise(facts.steps):
        patients, lesions = less(before.n_patients, after.n_patients), less(before.n_lesions, after.n_lesions)
        is_of_patients = facts.level == "patient" and (patients is None or patients or not lesions)
        counts = (patients, None) if is_of_patients else (None, lesions)
        is_said = counts != (None, None)
        said.append(f"{after.reason.replace(';', ',')}: {counts_text(*counts) if is_said else SUPPRESSED}")
    return said


def _without(facts: RecipeFacts) -> str:
    reasons = []
    if facts.n_without != 0:
        reasons.append(f"not evaluable for this endpoint: {told(facts.n_without)}")
    if facts.n_left_out != 0:
        reasons.append(f"no {facts.since}, or no follow-up after it: {told(facts.n_left_out)}")
    return "\n".join(reasons)


def _counts(facts: RecipeFacts, n: int | None) -> tuple[int | None, int | None]:
    """Return (patients, lesions) of what is counted at the recipe's level."""
    return (n, None) if facts.level == "patient" else (None, n)
