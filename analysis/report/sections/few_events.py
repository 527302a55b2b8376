"""Section: what a small cohort's page leaves out, because there are too few events to compare groups."""

from __future__ import annotations

from analysis import primary
from analysis.report import labels, numbers
from analysis.report.blocks import Numbering, Paragraph, Section
from analysis.report.content import ReportContent
from analysis.report.sections import selection
from schemas.thresholds import MIN_EVENTS

ANCHOR, TITLE = "few-events", "What is left out"


def n_events(content: ReportContent) -> int:
    """Return the events of the primary endpoint among all patients."""
    wanted = {"endpoint": primary.ENDPOINT, "level": primary.LEVEL, "grouping": "overall"}
    row = selection.one(content.table("km_summary"), **wanted)
    return 0 if numbers.is_missing(row.get("n_events")) else int(row["n_events"])


def are_few(content: ReportContent) -> bool:
    """Return whether a named cohort has fewer events than any test between groups needs."""
    return content.is_cohort and n_events(content) < MIN_EVENTS


def build(content: ReportContent, numbering: Numbering) -> Section:
    """One sentence; `numbering` is not used."""
    event = labels.endpoint(primary.ENDPOINT)
    said = (
        f"{event}: {numbers.counted(n_events(content), 'event')}. With fewer than {MIN_EVENTS}, nothing is compared: "
        "models, subgroups, sensitivity analyses, the comparison of endpoints and the table of checks are left out. "
        "Their rows, with the reasons, are in the folder's tables."
    )
    return Section(ANCHOR, TITLE, [Paragraph(said)])
