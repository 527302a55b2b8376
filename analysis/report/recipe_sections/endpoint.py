"""Section: the recipe's endpoint, as curves by its groups, with the cumulative incidence where an event competes."""

from __future__ import annotations

from typing import Any

from analysis import primary
from analysis.figures.cumulative_incidence import CAUSE_LTP
from analysis.report import labels, numbers
from analysis.report.blocks import Block, FigureGrid, Numbering, Paragraph, Section
from analysis.report.content import ReportContent
from analysis.report.figure_block import Drawing, on_page
from analysis.report.recipe_facts import RecipeFacts, group_in_words, listed, told_of
from analysis.report.sections import checks, landmarks, removed, selection
from analysis.report.sections.incidence import Incidence, gray_of, incidence_table
from analysis.report.sections.incidence import drawing as incidence_drawing
from analysis.report.sections.survival import Curve, summary_table
from analysis.report.sections.survival import drawing as curve_drawing

ANCHOR = "endpoint"
OVERALL = "overall"
HOW_DRAWN = (
    " Bands are 95 % intervals, ticks are censored. Each curve is drawn while at least a tenth of its group is at risk."
)
COMPETING = (
    " Aalen-Johansen. Whoever dies first can no longer have the event, which Kaplan-Meier ignores: one minus its "
    "estimate overstates how many have it."
)
DESCRIPTIVE = " Lesions of one patient are not independent, so tests between groups of lesions are descriptive."


def build(content: ReportContent, numbering: Numbering) -> Section:
    """Sentences, the drawings of each grouping, and tables of both estimates at fixed times."""
    facts = content.recipe
    if facts is None or facts.n_subjects == 0:
        return Section(ANCHOR, "Time to event", [Paragraph("Nobody has a time to this endpoint.")])
    title = labels.endpoint(facts.endpoint)
    blocks: list[Block] = [Paragraph(_sentence(content, facts) + _followed(content))]
    drawn = [_drawings(content, facts, grouping) for grouping in facts.by or (OVERALL,)]
    if content.disclosure and not any(drawn):  # the groups are too small for curves that leave
        drawn = [_drawings(content, facts, OVERALL)]
    for place, found in enumerate(drawn):
        blocks.append(FigureGrid([on_page(one, numbering) for one in found], is_open=place == 0))
    if facts.n_events != 0:
        blocks += _tables(content, facts, numbering)
    return Section(ANCHOR, title, blocks)


def _drawings(content: ReportContent, facts: RecipeFacts, grouping: str) -> list[Drawing]:
    whom = f"all {facts.level}s" if grouping == OVERALL else f"by {labels.grouping(grouping)}"
    words = {"level": facts.level, "since": facts.since}
    axis = facts.words.axis
    how = "Kaplan-Meier"
    how += f", {removed.censored(content, facts.endpoint, facts.level)}" if facts.competes else ""
    curve = Curve(facts.endpoint, grouping, f"{axis.removesuffix(', %')}, {whom} ({how})", axis, **words)
    found = [_noted(curve_drawing(curve, content.table), HOW_DRAWN)]
    if facts.competes:
        caption = f"{facts.words.event}, and of {facts.words.competitor} before it, {whom}"
        event = {"event": facts.words.event, "competitor": facts.words.competitor}
        one = Incidence(grouping, caption, facts.endpoint, **event, **words)
        drawn = incidence_drawing(one, content.table("cumulative_incidence"), content.table("gray"))
        found.append(_noted(drawn, COMPETING))
    return [one for one in found if one is not None]


def _noted(drawing: Drawing | None, note: str) -> Drawing | None:
    """Return the drawing with a further note below it; what is not drawn needs none."""
    return drawing._replace(note=drawing.note + note) if drawing and drawing.figure else drawing


def _tables(content: ReportContent, facts: RecipeFacts, numbering: Numbering) -> list[Block]:
    summary, curves = content.table("km_summary"), content.table("cumulative_incidence")
    notes = [f"Event: {facts.words.event}."]
    made: list[Block] = [summary_table(summary, content.table("logrank"), numbering, notes)] if len(summary) else []
    if facts.competes and len(curves):
        words = {"event": facts.words.event, "competitor": facts.words.competitor}
        made.append(incidence_table(curves, content.table("gray"), numbering, **words))
    return made


def at_landmark(content: ReportContent, facts: RecipeFacts, grouping: str) -> list[tuple[str, dict[str, Any]]]:
    """Return each known group of a grouping with its estimate at the landmark: the share with the event where one
    competes (cumulative incidence), else the share without it.
    """
    wanted = {"endpoint": facts.endpoint, "level": facts.level, "grouping": grouping}
    if facts.competes:
        curves = selection.where(content.table("cumulative_incidence"), **wanted, cause=str(CAUSE_LTP))
        found = [
            (stratum, landmarks.on_curve(part.sort_values("time_months"), primary.LANDMARK_MONTHS))
            for (stratum,), part in selection.parts(curves, "stratum")
        ]
    else:
        quantity = f"survival_{primary.LANDMARK_MONTHS}m"
        rows = selection.where(content.table("km_summary"), **wanted, quantity=quantity)
        found = [(numbers.text(row["stratum"]), row) for row in selection.records(rows)]
    known = [(stratum, row) for stratum, row in found if stratum != selection.UNKNOWN]
    return known or found


def test_of(content: ReportContent, facts: RecipeFacts, grouping: str) -> str:
    """Return 'Gray's test p = 0.004' or 'log-rank p = 0.004' of a grouping; '' without a p-value."""
    if facts.competes:
        row = gray_of(content.table("gray"), facts.endpoint, facts.level, grouping, CAUSE_LTP)
        name = "Gray's test"
    else:
        wanted = {"endpoint": facts.endpoint, "level": facts.level, "grouping": grouping}
        row, name = selection.one(content.table("logrank"), **wanted), "log-rank"
    p = checks.of_test(row)
    return f"{name} {p}" if p else ""


def _sentence(content: ReportContent, facts: RecipeFacts) -> str:
    """'28 of 120 patients had LTP. Its cumulative incidence at 12 months was 8.7 (4.1–18.7) % with KRAS wild-type and
    ... (Gray's test p = 0.033).'
    """
    grouping = facts.by[0] if facts.by else OVERALL
    said, missing = [], []
    for stratum, row in at_landmark(content, facts, grouping):
        name = "" if grouping == OVERALL else group_in_words(grouping, stratum)
        if why := landmarks.why_not_said(row):
            missing.append(f"{name} ({why})" if name else why)
        else:
            said.append(landmarks.share(row) + (f" with {name}" if name else ""))
    when, test = f"at {primary.LANDMARK_MONTHS} months", test_of(content, facts, grouping)
    tested = f" ({test})" if test else ""
    n_subjects = told_of(facts.n_subjects, facts.level)
    counts = f"{told_of_events(facts, n_subjects)}."
    text = ""
    if said and facts.competes:
        text = f" The cumulative incidence of {facts.words.event} {when} was {listed(said)}{tested}."
    elif said:
        text = f" {when.capitalize()}, {listed(said)} were {facts.words.without}{tested}."
    gone = f" Not estimated {when}: {'; '.join(missing)}." if missing else ""
    return counts + text + gone + (DESCRIPTIVE if facts.by and facts.level == "lesion" else "")


def told_of_events(facts: RecipeFacts, n_subjects: str) -> str:
    """Return '28 of 120 patients had LTP', or that it is suppressed how many."""
    if facts.n_events is None:
        return f"How many of {n_subjects} {facts.words.happened} is suppressed"
    return f"{facts.n_events:,} of {n_subjects} {facts.words.happened}"


def _followed(content: ReportContent) -> str:
    rows = selection.where(content.table("km_summary"), grouping=OVERALL, quantity="reverse_km_median_months")
    row = selection.one(rows)
    if numbers.is_missing(row.get("estimate")):
        return ""
    months = numbers.months_interval(*selection.share_of(row))
    return f" Median follow-up was {months} months (reverse Kaplan-Meier)."
