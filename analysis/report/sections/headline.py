"""The three or four figures at the top of the page.

Here: which they are, and where they are taken from. Not here: any computation; each figure stands again in a
table below.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from analysis.figures.flow import counts_text
from analysis.report import numbers
from analysis.report.content import ReportContent
from analysis.report.sections import checks, landmarks, selection

MAIN_GROUPING = "kras"
MAIN_TIME_TO_EVENT = ("LTPFS_STUDY", "LTPFS")
"""The index study's endpoint first, so that the figure can be held against the published one."""


class Headline(NamedTuple):
    """One figure with what it is and on how many it rests."""

    label: str
    value: str
    detail: str


def headline_figures(content: ReportContent) -> list[Headline]:
    """Those of the four that the tables can give."""
    found = (_cohort(content), _ltp(content), _free_of_ltp(content), _hazard_ratio(content))
    return [headline for headline in found if headline is not None]


def _cohort(content: ReportContent) -> Headline | None:
    for step in content.flow_steps():
        if "ablated" in step.label.lower() and not step.is_exclusion and step.patients is not None:
            detail = (
                f"with {counts_text(None, step.lesions)} treated by ablation" if step.lesions is not None else "ablated"
            )
            return Headline("Patients", numbers.count(step.patients), detail)
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
    """None where a group's follow-up ends before 12 months, or few of it are at risk then."""
    summary = content.table("km_summary")
    for endpoint in MAIN_TIME_TO_EVENT:
        rows = selection.where(
            summary, endpoint=endpoint, level="patient", grouping=MAIN_GROUPING, quantity="survival_12m"
        )
        mutant, wild_type = (selection.one(rows, stratum=stratum) for stratum in ("mutant", "wild_type"))
        if any(landmarks.why_not_said(row) for row in (mutant, wild_type)):
            continue
        value = f"{numbers.percent(wild_type['estimate'], 0)} % / {numbers.percent(mutant['estimate'], 0)} %"
        test = selection.one(content.table("logrank"), endpoint=endpoint, level="patient", grouping=MAIN_GROUPING)
        p = checks.of_test(test)
        sizes = f"n = {numbers.count(wild_type.get('n'))} and {numbers.count(mutant.get('n'))}"
        detail = f"Kaplan-Meier; KRAS wild-type / mutant, {sizes}" + (f"; log-rank {p}" if p else "")
        label = "Free of LTP at 12 months" if endpoint == "LTPFS_STUDY" else "LTP-free survival at 12 months"
        return Headline(label, value, detail)
    return None


def _hazard_ratio(content: ReportContent) -> Headline | None:
    """None below 5 events per variable, or below 5 events in either group: an unreliable ratio stands, labelled, in its
    table, but not in the page's largest type. Below 10 per variable the detail says how many there are.
    """
    groups = selection.where(content.table("ltp_rates"), level="patient", grouping=MAIN_GROUPING, quantity="rate")
    events = {row["stratum"]: row["n_events"] for row in selection.records(groups)}
    if any(
        events.get(stratum, checks.UNRELIABLE_EVENTS) < checks.UNRELIABLE_EVENTS for stratum in ("mutant", "wild_type")
    ):
        return None
    cox = selection.where(content.table("cox"), cohort="all", analysis="multivariable", quantity="hazard_ratio")
    for endpoint in MAIN_TIME_TO_EVENT:
        rows = selection.records(selection.where(cox, endpoint=endpoint))
        is_adjusted = sum(not numbers.is_missing(row.get("estimate")) for row in rows) > 1
        for row in rows:
            is_main = (row.get("term"), row.get("term_level")) == (MAIN_GROUPING, "mutant")
            if not is_main or numbers.is_missing(row.get("estimate")):
                continue
            epv: Any = row.get("events_per_variable")
            few = not numbers.is_missing(epv) and float(epv) < checks.CAUTION_EVENTS
            if few and float(epv) < checks.UNRELIABLE_EVENTS:
                return None
            limits = [numbers.ratio_interval(row.get(side), None, None) for side in ("lower", "upper")]
            how = "adjusted (Cox)" if is_adjusted else "not adjusted, as no other term can be estimated (Cox)"
            detail = f"KRAS mutant against wild-type, {how}; 95 % CI {limits[0]}–{limits[1]}; "
            detail += f"{numbers.count(row.get('n_events'))} events"
            detail += f"; events per variable {checks.events_per_variable(epv)}" if few else ""
            return Headline("Hazard ratio of LTP", numbers.ratio_interval(row["estimate"], None, None), detail)
    return None
