"""Section: the service of the centres: volumes, waits, outcomes beside each other, follow-up; operators if asked for.

It shows counts and shares, no patient. A registry whose registry.toml says `service = "off"` has no such section.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from analysis.estimates.funnel_limits import Centre
from analysis.figures.funnel import funnel_figure
from analysis.report import numbers
from analysis.report.blocks import (
    Block,
    Cell,
    Column,
    DataTable,
    FigureBlock,
    FigureGrid,
    Heading,
    Numbering,
    Paragraph,
    Row,
    Section,
)
from analysis.report.content import ReportContent
from analysis.report.figure_block import figure_block, file_name
from analysis.report.sections import selection
from analysis.report.sections.technique import SCALES
from analysis.service.followup import QUANTITIES as MEASURES
from analysis.service.outcomes import COMPLICATION, EFFICACY, LTP, NAMES
from analysis.service.waiting import STARTS
from schemas.thresholds import FUNNEL_LIMITS, MIN_FUNNEL_CENTRES, WAITING_TARGET_DAYS

TITLE = "The service"
EVERY_CENTRE = "Every centre"
MAX_ROWS = 40
"""Most centres, or operators, in a table of the page; the release's table holds all of them."""
SHOWN_QUARTERS = 8
WIDER = NAMES[-1]
MODALITIES = {"rfa": "RFA", "mwa": "MWA", "other": "Other"}
LABELS = {COMPLICATION: "Major complications", EFFICACY: "Primary efficacy", LTP: "LTP within 12 months"}
FOLLOWED = dict(
    zip(MEASURES, ("First exam in time", "Followed for a year", "Exams in time", "Last contact known"), strict=True)
)
WAITS = {
    "decision_or_referral": "From the decision, else the referral",
    "decision": "From the decision",
    "referral": "From the referral",
}
VOLUMES = (
    "Sessions count in the quarter of their first day. Lesions and patients are counted once in each line, and a "
    "session with two modalities once under each. Rows that are set aside are not counted.",
)
WAITING = (
    "From the earliest decision or referral stated at the patient's first session to the day of that session. Patients "
    "without a date are not in Known, nor are negative waits. Who was never ablated is not in the registry.",
)
OUTCOMES = (
    "Exact intervals (Clopper-Pearson). Major complications: sessions with a grade that its scale calls major, of the "
    "sessions graded in that scale. Primary efficacy: no viable tumour before the first adequate exam, of the lesions "
    "of which an exam says either. LTP within 12 months: of the lesions that were decided by then, if their year was "
    "over at the centre's newest imaging delivery. It is not the share of a survival curve, which also counts who died "
    "or was lost.",
)
LIMITS = (
    f"Limits: exact binomial, {100 * FUNNEL_LIMITS[0]:g} % (dashed) and {100 * FUNNEL_LIMITS[1]:g} %, around the share "
    "of all centres; a diamond is outside the wider. Case mix, and variation between centres beyond chance, are not "
    "taken into account: a centre outside is a question to ask."
)
FOLLOWUP = (
    "First exam: lesions whose first exam was due. A year: lesions observed until the exam at 12 months was due. "
    "Exams: of those expected. Last contact: patients, with a last contact or a death.",
)
OPERATORS = (
    "Operators are the centres' pseudonyms. What they do differs in case mix, so no outcome is shown by operator. This "
    "table is for use inside, and never leaves under disclosure control.",
)


def build(content: ReportContent, numbering: Numbering) -> Section:
    """Build tables and funnels of what the release holds; under disclosure control, of what leaves."""
    volumes = content.table("service_volumes")
    by_centre = selection.where(volumes, operator_id="")
    sites, is_shared = [site for site in selection.distinct(by_centre, "site") if site], bool(content.disclosure)
    blocks: list[Block] = [
        _volumes(by_centre, sites, is_shared, numbering),
        *_quarters(by_centre, sites, is_shared, numbering),
    ]
    waits, outcomes, followup = (content.table(f"service_{name}") for name in ("waiting", "outcomes", "followup"))
    if len(waits):
        blocks += [Heading("Waiting"), _waiting(waits, numbering)]
    if len(outcomes):
        blocks += [Heading("Outcomes of the centres"), *_outcomes(outcomes, numbering)]
    if len(followup):
        blocks += [Heading("Follow-up of the centres"), _followup(followup, numbering)]
    if len(operators := volumes[volumes["operator_id"] != ""]):
        blocks += [Heading("Operators"), _operators(operators, numbering)]
    return Section("service", TITLE, blocks)


def _volumes(frame: pd.DataFrame, sites: Sequence[str], is_shared: bool, numbering: Numbering) -> DataTable:
    whole = selection.where(frame, session_quarter="")
    shown = _lines(sites, len(sites) != 1)
    lines = [_counts(site or EVERY_CENTRE, selection.where(whole, site=site), is_shared) for site in shown]
    notes = [*VOLUMES, *_more(len(sites), "centres", "service_volumes")]
    notes += ["A count that is not shown is suppressed."] if is_shared else []
    caption = "Sessions, lesions and patients treated, by centre."
    return DataTable(numbering.table(), caption, _count_columns("Centre"), lines, notes, source="service_volumes")


def _count_columns(first: str) -> list[Column]:
    spoken = [f"{name}, sessions" for name in MODALITIES.values()]
    return [Column(first), *(Column(name, True) for name in ("Sessions", "Lesions", "Patients", *spoken))]


def _counts(name: str, rows: pd.DataFrame, is_shared: bool = False) -> Row:
    """Return the line of a centre or operator: all its counts, and its sessions by modality. In a table that is shared
    a count that is not there may be suppressed; else it is none.
    """
    whole, none = selection.one(rows, modality=""), None if is_shared else 0
    cells = [numbers.count(whole.get(count)) for count in ("n_sessions", "n_lesions", "n_patients")]
    own = {row["modality"]: row["n_sessions"] for row in selection.records(rows)}
    return Row([name, *cells, *(numbers.count(own.get(modality, none)) for modality in MODALITIES)])


def _quarters(frame: pd.DataFrame, sites: Sequence[str], is_shared: bool, numbering: Numbering) -> list[Block]:
    by_quarter = selection.where(frame, modality="")
    found = [_number(quarter) for quarter in by_quarter["session_quarter"] if quarter]
    if not found:
        return []
    first = max(min(found), max(found) - SHOWN_QUARTERS + 1)
    quarters = [_name(number) for number in range(first, max(found) + 1)]
    none = None if is_shared else 0
    lines = []
    for site in _lines(sites, len(sites) != 1):
        own = selection.where(by_quarter, site=site)
        counts = dict(zip(own["session_quarter"], own["n_sessions"], strict=True))
        lines.append(Row([site or EVERY_CENTRE, *(numbers.count(counts.get(quarter, none)) for quarter in quarters)]))
    columns = [Column("Centre"), *(Column(quarter, True) for quarter in quarters)]
    caption = f"Sessions by centre and quarter, {quarters[0]} to {quarters[-1]}."
    return [DataTable(numbering.table(), caption, columns, lines, source="service_volumes")]


def _number(quarter: str) -> int:
    """Return a number that counts quarters on."""
    year, place = quarter.split("-Q")
    return 4 * int(year) + int(place) - 1


def _name(number: int) -> str:
    return f"{number // 4}-Q{number % 4 + 1}"


def _waiting(frame: pd.DataFrame, numbering: Numbering) -> Block:
    whole = selection.where(frame, site="")
    if not whole["n_known"].sum():
        return Paragraph(
            "No session states when the patient was referred or when the ablation was decided (referral_date and "
            "decision_date of rfa_sessions), so nobody's wait is known."
        )
    lines: list[Row] = []
    for place, start in enumerate(STARTS):
        own = selection.where(frame, waits_from=start)
        sites = [site for site in selection.distinct(own, "site") if site]
        lines.append(Row([WAITS[start]], is_group=True))
        shown = _lines(sites, len(sites) != 1) if place == 0 else [""]  # the others for all centres together
        lines += [_wait(row) for site in shown for row in selection.records(selection.where(own, site=site))]
    columns = [Column("Centre"), Column("Patients", True), Column("Known", True)]
    columns += [Column("Median days (quartiles)", True)]
    columns += [Column(f"Within {WAITING_TARGET_DAYS} days, % (95 % CI)", True)]
    n_negative = int(whole["n_negative"].max())
    notes = [*WAITING, *([f"{numbers.counted(n_negative, 'patient')} with a negative wait."] if n_negative else [])]
    caption = "Days from decision or referral to the first ablation, by centre."
    return DataTable(numbering.table(), caption, columns, lines, notes, source="service_waiting")


def _wait(row: dict[str, Any]) -> Row:
    middle, first, third = (
        numbers.MISSING if numbers.is_missing(row[name]) else f"{row[name]:g}"
        for name in ("median_days", "lower_quartile_days", "upper_quartile_days")
    )
    days = middle if middle == numbers.MISSING else f"{middle} ({first}–{third})"
    share = numbers.percent_interval(*selection.share_of(row))
    return Row([row["site"] or EVERY_CENTRE, numbers.count(row["n"]), numbers.count(row["n_known"]), days, share])


def _outcomes(frame: pd.DataFrame, numbering: Numbering) -> list[Block]:
    lines: list[Row] = []
    figures: list[FigureBlock] = []
    notes = list(OUTCOMES)
    most = 0
    for (quantity, scale), own in selection.parts(frame, "quantity", "complication_system"):
        label = f"{LABELS[quantity]}, {SCALES.get(scale, scale)}" if scale else LABELS[quantity]
        unit = f"{own['level'].iloc[0]}s"
        lines.append(Row([f"{label}, {unit}"], is_group=True))
        sites = [site for site in selection.distinct(own, "site") if site]
        for site in _lines(sites, len(sites) != 1):
            lines += [_outcome(row) for row in selection.records(selection.where(own, site=site))]
        notes += _left_out(label, selection.one(own, site=""))
        centres = [Centre(r["site"], int(r["n_events"]), int(r["n"])) for r in selection.records(own) if r["site"]]
        most = max(most, sum(1 for centre in centres if centre.n))
        figures += _funnel(label, unit, centres, file_name(f"funnel-{quantity}-{scale}"), numbering)
    columns = [Column("Centre"), Column("Of", True), Column("With it", True), Column("Left out", True)]
    columns += [Column("Share, % (95 % CI)", True), Column(f"{100 * FUNNEL_LIMITS[0]:g} % limits", True)]
    columns += [Column("Outside")]
    caption = "Complications, efficacy and local tumour progression, by centre."
    table = DataTable(numbering.table(), caption, columns, lines, notes, source="service_outcomes")
    if figures:
        return [table, FigureGrid(figures), Paragraph(LIMITS)]
    there = "there is 1" if most == 1 else f"there are {most}"
    return [table, Paragraph(f"A funnel needs {MIN_FUNNEL_CENTRES} centres with cases; {there}.")]


def _outcome(row: dict[str, Any]) -> Row:
    has_limits = not numbers.is_missing(row["lower_limit_95"])
    limits = f"{numbers.count(row['lower_limit_95'])}–{numbers.count(row['upper_limit_95'])}" if has_limits else ""
    beyond = numbers.text(row["outside_limits"])
    return Row(
        [
            row["site"] or EVERY_CENTRE,
            numbers.count(row["n"]),
            numbers.count(row["n_events"]),
            numbers.count(row["n_missing"]),
            numbers.percent_interval(*selection.share_of(row)),
            limits or numbers.MISSING,
            Cell(f"outside {beyond} %" if beyond else "", tone="bad" if beyond == WIDER else ""),
        ]
    )


def _left_out(label: str, row: dict[str, Any]) -> list[str]:
    """Say who of all centres is left out, and why."""
    said = [part for part in numbers.text(row.get("note")).split("; ") if part.startswith("left out")]
    return [f"{label}, {said[0]}."] if said else []


def _funnel(label: str, unit: str, centres: Sequence[Centre], name: str, numbering: Numbering) -> list[FigureBlock]:
    shown = [centre for centre in centres if centre.n]
    if len(shown) < MIN_FUNNEL_CENTRES:
        return []
    alt = f"{label} by centre: " + ", ".join(f"{c.name} {c.k} of {c.n}" for c in shown) + "."
    return [figure_block(numbering.figure(), f"{label}, by centre.", funnel_figure(shown, label, unit), name, alt)]


def _followup(frame: pd.DataFrame, numbering: Numbering) -> DataTable:
    sites = [site for site in selection.distinct(frame, "site") if site]
    lines = []
    for site in _lines(sites, len(sites) != 1):
        own = selection.by_quantity(selection.where(frame, site=site))
        cells = [_share_of(own.get(measure, {})) for measure in FOLLOWED]
        lines.append(Row([site or EVERY_CENTRE, *cells]))
    columns = [Column("Centre"), *(Column(f"{label}, % (of)", True) for label in FOLLOWED.values())]
    notes = [*FOLLOWUP, *_more(len(sites), "centres", "service_followup")]
    caption = "How complete the follow-up is, by centre."
    return DataTable(numbering.table(), caption, columns, lines, notes, source="service_followup")


def _share_of(row: dict[str, Any]) -> str:
    if not row or numbers.is_missing(row["estimate"]):
        return numbers.MISSING
    return f"{numbers.percent(row['estimate'])} ({numbers.count(row['n'])})"


def _operators(frame: pd.DataFrame, numbering: Numbering) -> DataTable:
    lines: list[Row] = []
    whole = selection.where(frame, session_quarter="")
    n_operators = 0
    for (site,), own in selection.parts(whole, "site"):
        lines.append(Row([site], is_group=True))
        names = selection.distinct(own, "operator_id")
        shown = names[: max(0, MAX_ROWS - n_operators)]
        lines += [_counts(name, selection.where(own, operator_id=name)) for name in shown]
        n_operators += len(names)
    notes = [*OPERATORS, *_more(n_operators, "operators", "service_volumes")]
    caption = "Sessions, lesions and patients treated, by operator."
    return DataTable(numbering.table(), caption, _count_columns("Operator"), lines, notes, source="service_volumes")


def _lines(sites: Sequence[str], has_whole: bool) -> list[str]:
    """Return the centres that a table shows, after all of them together unless there is only one."""
    return [*([""] if has_whole else []), *sites[:MAX_ROWS]]


def _more(n: int, what: str, table: str) -> list[str]:
    return [f"{n - MAX_ROWS:,} more {what} are in analysis.{table}."] if n > MAX_ROWS else []
