"""Section: who is in the release, from received to analysed (STROBE)."""

from __future__ import annotations

from analysis.figures.flow import counts_text, flow_figure, flow_svg
from analysis.figures.warning_band import with_warning
from analysis.report.blocks import FigureBlock, Numbering, Paragraph, Section
from analysis.report.content import ReportContent
from analysis.report.figure_block import LaterFigure


def build(content: ReportContent, numbering: Numbering) -> Section:
    """One figure, or a sentence when no counts were handed over."""
    steps = content.flow_steps()
    title = "Patients and lesions"
    if not steps:
        return Section("flow", title, [Paragraph("The release carries no counts of patients and lesions by stage.")])
    said = (f"{step.label}: {counts_text(step.patients, step.lesions) or 'not counted'}." for step in steps)
    alt = " ".join((content.warning, "Flow of patients and lesions.", *said)).strip()
    note = "A lesion counts as evaluable once a contrast-enhanced CT or MR after ablation has shown no viable tumour."
    if any(step.label.startswith("Set aside") for step in steps):
        note += (
            " Set aside: rows that break a rule of the registry; they return automatically when a later delivery "
            "corrects them."
        )
    figure = FigureBlock(
        numbering.figure(),
        "Flow of patients and lesions, from what was received to LTP.",
        flow_svg(steps, alt, content.warning),
        note,
        name="flow",
        figure=LaterFigure(lambda: with_warning(flow_figure(steps), content.warning)),
    )
    return Section("flow", title, [figure])
