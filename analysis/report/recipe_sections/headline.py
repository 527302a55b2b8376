"""The figures at the top of a recipe's page: who, how many events, the estimate at 12 months, the first ratio."""

from __future__ import annotations

from typing import Any

from analysis import primary
from analysis.report import labels, numbers
from analysis.report.content import ReportContent
from analysis.report.recipe_facts import RecipeFacts, told_of
from analysis.report.recipe_sections import endpoint
from analysis.report.recipe_sections.models import JOINT, as_joint
from analysis.report.sections import checks, landmarks, selection
from analysis.report.sections.headline import Headline
from schemas.thresholds import EVENTS_PER_VARIABLE_WARN

MOST_GROUPS = 3


def headline_figures(content: ReportContent, facts: RecipeFacts) -> list[Headline]:
    """Return those of the four figures that the tables can give; no estimate that rests on few."""
    found = (_whom(facts), _events(facts), _at_landmark(content, facts), _first_ratio(content, facts))
    return [headline for headline in found if headline is not None]


def _whom(facts: RecipeFacts) -> Headline | None:
    n = facts.n_lesions if facts.level == "lesion" else facts.n_patients
    if n is None:
        return None
    if facts.level == "lesion":
        return Headline("Lesions", f"{n:,}", f"of {told_of(facts.n_patients, 'patient')}")
    which = "with {} chosen" if facts.chooses_lesions else "with {} treated by ablation"
    return Headline("Patients", f"{n:,}", which.format(told_of(facts.n_lesions, "lesion")))


def _events(facts: RecipeFacts) -> Headline | None:
    if facts.n_events is None:
        return None
    happened, of_whom = facts.words.happened, f"of {told_of(facts.n_subjects, facts.level)} analysed"
    return Headline(happened[:1].upper() + happened[1:], f"{facts.n_events:,}", of_whom)


def _at_landmark(content: ReportContent, facts: RecipeFacts) -> Headline | None:
    grouping = facts.by[0] if facts.by else endpoint.OVERALL
    groups = endpoint.at_landmark(content, facts, grouping)
    if not 0 < len(groups) <= MOST_GROUPS or any(landmarks.why_not_said(row) for _, row in groups):
        return None
    value = " / ".join(f"{numbers.percent(row['estimate'], 0)} %" for _, row in groups)
    said = [
        f"{labels.stratum(grouping, stratum)} {numbers.percent_interval(*selection.share_of(row))} %"
        if grouping != endpoint.OVERALL
        else f"95 % CI {numbers.percent(row.get('lower'))}\u2013{numbers.percent(row.get('upper'))}"
        for stratum, row in groups
    ]
    test = endpoint.test_of(content, facts, grouping)
    by = "" if grouping == endpoint.OVERALL else f"by {labels.grouping(grouping)}: "
    how = "Cumulative incidence" if facts.competes else "Kaplan-Meier"
    detail = f"{how}, {by}{', '.join(said)}{f'; {test}' if test else ''}"
    name = facts.words.event if facts.competes else facts.words.without
    label = f"{name[:1].upper()}{name[1:]} {'by' if facts.competes else 'at'} {primary.LANDMARK_MONTHS} months"
    return Headline(label, value, detail)


def _first_ratio(content: ReportContent, facts: RecipeFacts) -> Headline | None:
    rows = selection.where(as_joint(content).table("cox"), analysis=JOINT, quantity="hazard_ratio")
    found: dict[str, Any] = next(iter(selection.records(rows)), {})
    if numbers.is_missing(found.get("estimate")):
        return None
    term = labels.term(found.get("term"), found.get("term_level"), found.get("reference"))
    limits = [numbers.ratio_interval(found.get(side), None, None) for side in ("lower", "upper")]
    how = "adjusted (Cox)" if len(facts.covariates) > 1 else "Cox"
    epv: Any = found.get("events_per_variable")
    few = not numbers.is_missing(epv) and float(epv) < EVENTS_PER_VARIABLE_WARN
    caution = f"; events per variable {checks.events_per_variable(epv)}" if few else ""
    detail = f"{term}, {how}; 95 % CI {limits[0]}\u2013{limits[1]}; {numbers.p_equals(found.get('p_value'))}{caution}"
    return Headline("Hazard ratio", numbers.ratio_interval(found["estimate"], None, None), detail)
