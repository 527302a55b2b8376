"""The figures at the top of the page."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd

from analysis import primary
from analysis.figures.cumulative_incidence import CAUSE_LTP
from analysis.figures.flow import counts_text
from analysis.regression import estimable_terms
from analysis.report import labels, numbers
from analysis.report.content import ReportContent
from analysis.report.sections import checks, landmarks, margin, selection
from schemas.thresholds import EVENTS_PER_VARIABLE_UNRELIABLE, EVENTS_PER_VARIABLE_WARN, MIN_EVENTS

MAIN_GROUPING = primary.GROUPING


class Headline(NamedTuple):
    """One figure, what it is, and how many subjects it is based on."""

    label: str
    value: str
    detail: str


def headline_figures(content: ReportContent) -> list[Headline]:
    """Return those of the six figures that the tables can give. Three are for the primary endpoint and contrast
    (analysis.primary), with LTP itself, death competing, among them; the last one is for the ablation margin.
    """
    makers = (_cohort, _ltp, _free_of_ltp, _incidence, _hazard_ratio, _margin)
    found = [make(content) for make in makers]
    return [headline for headline in found if headline is not None]


def _cohort(content: ReportContent) -> Headline | None:
    for step in content.flow_steps():
        if "ablated" in step.label.lower() and not step.is_exclusion and step.patients is not None:
            detail = f"with {counts_text(None, step.lesions)} treated by ablation" if step.lesions is not None else ""
            return Headline("Patients ablated", numbers.count(step.patients), detail)
    return None


def _ltp(content: ReportContent) -> Headline | None:
    row = selection.one(content.table("ltp_rates"), level="patient", grouping="overall", quantity="rate")
    if numbers.is_missing(row.get("estimate")):
        return None
    counts = f"{numbers.count(row.get('n_events'))} of {numbers.count(row.get('n'))} evaluable patients"
    interval = f"95 % CI {numbers.percent(row.get('lower'))}–{numbers.percent(row.get('upper'))}"
    detail = f"{counts} ({interval})"
    return Headline("Local tumour progression", f"{numbers.percent(row['estimate'])} %", detail)


def _free_of_ltp(content: ReportContent) -> Headline | None:
    """Return None if a group's follow-up ends before 12 months, or few of it are still at risk then."""
    wanted = {"endpoint": primary.ENDPOINT, "level": primary.LEVEL, "grouping": MAIN_GROUPING}
    rows = selection.where(content.table("km_summary"), **wanted, quantity=f"survival_{primary.LANDMARK_MONTHS}m")
    groups = [selection.one(rows, stratum=stratum) for stratum in (primary.REFERENCE, primary.CONTRAST)]
    if any(landmarks.why_not_said(row) for row in groups):
        return None
    test = checks.of_test(selection.one(content.table("logrank"), **wanted))
    detail = f"Kaplan-Meier; {_by_group(groups)}" + (f"; log-rank {test}" if test else "")
    return Headline(f"LTP-free survival at {primary.LANDMARK_MONTHS} months", _pair(groups), detail)


def _incidence(content: ReportContent) -> Headline | None:
    """Return LTP itself by the landmark, death competing; None if a group's curve ends earlier or few are at risk."""
    wanted = {"endpoint": primary.COMPETING_ENDPOINT, "level": primary.LEVEL, "grouping": MAIN_GROUPING}
    curves = selection.where(content.table("cumulative_incidence"), **wanted, cause=str(CAUSE_LTP))
    followed = selection.where(content.table("km_summary"), **wanted, quantity=f"survival_{primary.LANDMARK_MONTHS}m")
    groups = []
    for stratum in (primary.REFERENCE, primary.CONTRAST):
        curve = selection.where(curves, stratum=stratum)
        until = curve[curve["time_months"] <= primary.LANDMARK_MONTHS] if len(curve) else curve
        if until.empty or landmarks.why_not_said(selection.one(followed, stratum=stratum)):
            return None
        groups.append(selection.records(until.tail(1))[0] | {"n": curve["n_at_risk"].max()})
    test = checks.of_test(selection.one(content.table("gray"), **wanted, cause=str(CAUSE_LTP)))
    detail = f"Cumulative incidence, death competing; {_by_group(groups)}" + (f"; Gray {test}" if test else "")
    return Headline(f"LTP by {primary.LANDMARK_MONTHS} months", _pair(groups), detail)


def _pair(groups: list[dict[str, Any]]) -> str:
    """'90 % / 75 %'."""
    return " / ".join(f"{numbers.percent(row['estimate'], 0)} %" for row in groups)


def _by_group(groups: list[dict[str, Any]]) -> str:
    """'KRAS wild-type 89.7 (79.6–95.0) of 71, mutant 74.7 (58.6–85.3) of 49; 95 % CI in parentheses'."""
    names = (labels.group(MAIN_GROUPING, primary.REFERENCE), labels.stratum(MAIN_GROUPING, primary.CONTRAST).lower())
    said = [
        f"{name} {numbers.percent_interval(*selection.share_of(row))} % of {numbers.count(row.get('n'))} evaluable"
        for name, row in zip(names, groups, strict=True)
    ]
    return f"{', '.join(said)} (95 % CI)"


def _hazard_ratio(content: ReportContent) -> Headline | None:
    """Return None below 5 events per variable, or below 5 events in either group: its table shows an unreliable ratio,
    labelled, but the page's largest type does not. Below 10 per variable the detail says how many there are.
    """
    groups = selection.where(content.table("ltp_rates"), level="patient", grouping=MAIN_GROUPING, quantity="rate")
    events = {row["stratum"]: row["n_events"] for row in selection.records(groups)}
    least = EVENTS_PER_VARIABLE_UNRELIABLE
    if any(events.get(stratum, least) < least for stratum in ("mutant", "wild_type")):
        return None
    multivariable = {"endpoint": primary.ENDPOINT, "cohort": "all", "analysis": "multivariable"}
    rows = selection.where(content.table("cox"), **multivariable, quantity="hazard_ratio")
    row = selection.one(rows, term=MAIN_GROUPING, term_level=primary.CONTRAST)
    is_adjusted = _n_estimated(selection.where(rows, model=numbers.text(row.get("model")))) > 1
    if numbers.is_missing(row.get("estimate")):
        return None
    epv: Any = row.get("events_per_variable")
    few = not numbers.is_missing(epv) and float(epv) < EVENTS_PER_VARIABLE_WARN
    if few and float(epv) < EVENTS_PER_VARIABLE_UNRELIABLE:
        return None
    limits = [numbers.ratio_interval(row.get(side), None, None) for side in ("lower", "upper")]
    how = "adjusted (Cox)" if is_adjusted else "not adjusted, as no other term can be estimated (Cox)"
    detail = f"KRAS mutant {_against(row)}, {how}; 95 % CI {limits[0]}–{limits[1]}; "
    detail += f"{numbers.count(row.get('n_events'))} events"
    detail += f"; events per variable {checks.events_per_variable(epv)}" if few else ""
    return Headline("Hazard ratio of LTP or death", numbers.ratio_interval(row["estimate"], None, None), detail)


def _margin(content: ReportContent) -> Headline | None:
    """Return the shares of lesions with LTP below and from 5 mm on; None without lesions on one side, or with fewer
    than 5 LTP in all. The ratio is left out where either side has fewer than 5.
    """
    table = content.table("lesion_factors")
    sides = [margin.of_side(table, stratum) for stratum in (margin.BELOW, margin.AT_LEAST)]
    if (
        any(numbers.is_missing(row.get("estimate")) for row in sides)
        or sum(row["n_events"] for row in sides) < MIN_EVENTS
    ):
        return None
    limits = [f"{numbers.percent(row['lower'], 0)}–{numbers.percent(row['upper'], 0)} %" for row in sides]
    below, at_least = (f"{margin.counts(row)} ({own})" for row, own in zip(sides, limits, strict=True))
    row = margin.margin_ratio(content)
    ratio = f"; hazard ratio {numbers.ratio_interval(*selection.share_of(row))}, clustered by patient" if row else ""
    largest = selection.one(table, grouping="overall", quantity="largest_margin_with_ltp_mm")
    beyond = selection.one(table, grouping="overall", quantity="rate_beyond")
    none = (
        ""
        if numbers.is_missing(beyond.get("upper"))
        else (
            f"; no LTP beyond {float(largest['estimate']):.1f} mm, 0 of {numbers.counted(beyond['n'], 'lesion')} "
            f"(upper limit {numbers.percent(beyond['upper'], 0)} %)"
        )
    )
    detail = f"Below 5 mm {below}, 5 mm or more {at_least}, exact 95 % CI, at any time of follow-up{ratio}{none}"
    return Headline("LTP by ablation margin, < 5 / ≥ 5 mm", _pair(sides), detail)


def _n_estimated(rows: pd.DataFrame) -> int:
    return sum(not numbers.is_missing(row.get("estimate")) for row in selection.records(rows))


def _against(row: dict[str, Any]) -> str:
    """'compared with wild-type', or the group really compared with, where the model's terms exclude each other."""
    parts = labels.remark(row.get("note")).split("; ")
    compared = next((part for part in parts if part.startswith(estimable_terms.COMPARED)), "")
    return compared.split(":")[0] or "compared with wild-type"
