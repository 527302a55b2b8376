"""Section: the recipe's endpoint, as curves by its groups, with the cumulative incidence where an event competes."""

from __future__ import annotations

from typing import Any

from analysis import primary
from analysis.figures.cumulative_incidence import CAUSE_LTP
from analysis.report import labels, numbers
from analysis.report.blocks import Block, FigureGrid, Numbering, Paragraph, Section
from analysis.report.content import ReportContent
from analysis.report.figure_block import Drawing, on_page
from analysis.report.recipe_facts import RecipeFacts, listed
from analysis.report.sections import checks, landmarks, selection
from analysis.report.sections.incidence import Incidence, gray_of, incidence_table
from analysis.report.sections.incidence import drawing as incidence_drawing
from analysis.report.sections.survival import Curve, summary_table
from analysis.report.sections.survival import drawing as curve_drawing

ANCHOR = "endpoint"
OVERALL = "overall"
HOW_DRAWN = (
    "Bands are 95 % intervals, ticks are censored. Each curve is drawn while at least a tenth of its group is at risk."
)
COMPETING = (
    "Whoever dies first can no longer have the event. Kaplan-Meier counts these deaths as censored, so that one minus "
    "its estimate overstates how many have the event; the cumulative incidence (Aalen-Johansen) does not."
)


def build(content: ReportContent, numbering: Numbering) -> Section:
    """Sentences, the drawings of each grouping, and tables of both estimates at fixed times."""
    facts = content.recipe
    if facts is None or not facts.n_subjects:
        return Section(ANCHOR, "Time to event", [Paragraph("Nobody has a time to this endpoint.")])
    title = labels.endpoint(facts.endpoint)
    blocks: list[Block] = [Paragraph(text) for text in (_sentence(content, facts), _followed(content)) if text]
    drawn: list[Block] = []
    for place, grouping in enumerate(facts.by or (OVERALL,)):
        figures = [on_page(found, numbering) for found in _drawings(content, facts, grouping)]
        drawn.append(FigureGrid(figures, is_open=place == 0))
    blocks += drawn
    if facts.competes and facts.n_events:
        blocks.append(Paragraph(COMPETING))
    if facts.n_events:
        blocks += _tables(content, facts, numbering)
    return Section(ANCHOR, title, blocks)


def _drawings(content: ReportContent, facts: RecipeFacts, grouping: str) -> list[Drawing]:
    whom = "all" if grouping == OVERALL else f"by {labels.grouping(grouping)}"
    words = {"level": facts.level, "since": facts.since, "warning": facts.warning}
    curve = Curve(
        facts.endpoint,
        grouping,
        f"Kaplan-Meier: {facts.words.axis.removesuffix(', %').lower()}, {whom}",
        facts.words.axis,
        **words,
    )
    found = [curve_drawing(curve, content.table)]
    if facts.competes:
        event, other = facts.words.event, facts.words.competitor
        caption = f"{event}, and of {other} before it, {whom}"
        one = Incidence(grouping, caption, facts.endpoint, event=event, competitor=other, **words)
        found.append(incidence_drawing(one, content.table("cumulative_incidence"), content.table("gray")))
    drawn = [one for one in found if one is not None]
    return [one._replace(note=f"{one.note} {HOW_DRAWN}") if one is found[0] and one.figure else one for one in drawn]


def _tables(content: ReportContent, facts: RecipeFacts, numbering: Numbering) -> list[Block]:
    summary, curves = content.table("km_summary"), content.table("cumulative_incidence")
    notes = [f"Event: {facts.words.event}."]
    notes += ["Death before the event is censored here."] if facts.competes else []
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
    """'At 12 months, 9.1 (3.7–17.5) % of those with KRAS wild-type and ... had LTP (Gray's test p = 0.007).'"""
    grouping = facts.by[0] if facts.by else OVERALL
    said, missing = [], []
    for stratum, row in at_landmark(content, facts, grouping):
        name = "" if grouping == OVERALL else labels.group(grouping, stratum)
        if why := landmarks.why_not_said(row):
            missing.append(f"{name} ({why})" if name else why)
        else:
            said.append(
                landmarks.share(row) + (f" with {name}" if name else f" of {facts.n_subjects:,} {facts.level}s")
            )
    when = f"At {primary.LANDMARK_MONTHS} months"
    verb = f"had had {facts.words.event}" if facts.competes else f"were {_without(facts)}"
    test = test_of(content, facts, grouping)
    text = f"{when}, {listed(said)} {verb}{f' ({test})' if test else ''}." if said else ""
    gone = f" No estimate at {primary.LANDMARK_MONTHS} months: {'; '.join(missing)}." if missing else ""
    counts = (
        f"{numbers.count(facts.n_events)} of {numbers.counted(facts.n_subjects, facts.level)} had {facts.words.event}."
    )
    return f"{counts} {text}{gone}".strip()


def _without(facts: RecipeFacts) -> str:
    words = facts.words.axis.removesuffix(", %")
    return words[:1].lower() + words[1:]


def _followed(content: ReportContent) -> str:
    rows = selection.where(content.table("km_summary"), grouping=OVERALL, quantity="reverse_km_median_months")
    row = selection.one(rows)
    if numbers.is_missing(row.get("estimate")):
        return ""
    months = numbers.months_interval(*selection.share_of(row))
    return f"Median follow-up was {months} months (reverse Kaplan-Meier, 95 % CI in parentheses)."
