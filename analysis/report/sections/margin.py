"""Section: local tumour progression by ablation margin, for RAS wild-type and mutant.

The first question of a registry that has margins: how large must the margin be? Lesions are counted, several of which
may be one patient's: every interval of a curve or a ratio is clustered by patient.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis import guards
from analysis.figures.cumulative_incidence import CAUSE_LTP, incidence_figure
from analysis.figures.dose_response import dose_response_figure
from analysis.report import labels, numbers
from analysis.report.blocks import Block, FigureGrid, Numbering, Paragraph, Section
from analysis.report.content import ReportContent
from analysis.report.figure_block import Drawing, curve_of, on_page
from analysis.report.sections import margin_tables, removed, selection
from schemas.thresholds import ENOUGH_MARGIN_MM, EVENTS_PER_VARIABLE_UNRELIABLE, MARGIN_KNOTS_MM, MIN_AT_RISK, PH_ALPHA

ANCHOR, TITLE = "margin", "Ablation margin"
NONE = "No ablation margin is recorded yet, so LTP cannot be shown by margin."
NOT_BY_CHANCE = (
    "Margins are not assigned by chance: thin ones may go with large lesions, with vessels and with whoever treats, "
    "and the models adjust only for what the registry knows."
)
CURVES = (
    ("ras_by_margin", "by RAS and ablation margin", "margin-by-ras"),
    ("margin_class", "by ablation margin", "margin-classes"),
)
"""Grouping of a drawing, in words, and the name of its files."""
BELOW, AT_LEAST = "true", "false"
"""The two strata of margin_below_5."""


def build(content: ReportContent, numbering: Numbering) -> Section:
    """Sentences that answer the question, curves, dose-response, and the tables behind them; a sentence without
    margins.
    """
    table = content.table("lesion_factors")
    if not has_margins(table):
        return Section(ANCHOR, TITLE, [Paragraph(NONE)])
    found = (answer(table), by_ras(table), ratio(content))
    rests_on = (known(table), measured(table), NOT_BY_CHANCE)
    said = [" ".join(filter(None, part)) for part in (found, (bound(table),), rests_on)]
    blocks: list[Block] = [Paragraph(text) for text in said if text]
    drawings = [*(curves(content.table("lesion_curves"), table, *one) for one in CURVES), response(content)]
    drawn = [on_page(one, numbering) for one in drawings if one is not None]
    blocks += [FigureGrid(drawn)] if drawn else []
    return Section(ANCHOR, TITLE, [*blocks, *margin_tables.tables(content, numbering)])


def has_margins(table: pd.DataFrame) -> bool:
    """Return whether any evaluable lesion has a known margin. ``table`` is analysis.lesion_factors."""
    return any(not numbers.is_missing(row.get("estimate")) for row in (of_side(table, BELOW), of_side(table, AT_LEAST)))


def of_side(table: pd.DataFrame, stratum: str) -> dict[str, Any]:
    """Return the share with LTP below (BELOW) or from 5 mm on (AT_LEAST)."""
    return selection.one(table, grouping="margin_below_5", stratum=stratum, quantity="rate")


def share(row: dict[str, Any]) -> str:
    """'25 of 64 lesions (39.1 %, exact 95 % CI 27.1–52.1 %)'."""
    if numbers.is_missing(row.get("estimate")):
        return "none of 0 lesions"
    limits = f"{numbers.percent(row['lower'])}–{numbers.percent(row['upper'])} %"
    return f"{counts(row)} ({numbers.percent(row['estimate'])} %, exact 95 % CI {limits})"


def counts(row: dict[str, Any]) -> str:
    """'25 of 64 lesions'."""
    return f"{numbers.count(row.get('n_events') or 0)} of {numbers.counted(row.get('n') or 0, 'lesion')}"


def answer(table: pd.DataFrame) -> str:
    """How many lesions had LTP on each side of 5 mm."""
    below, at_least = share(of_side(table, BELOW)), share(of_side(table, AT_LEAST))
    found = f"LTP was found at any time of follow-up in {below}"
    return f"With a margin below 5 mm, {found}; with 5 mm or more, in {at_least}."


def by_ras(table: pd.DataFrame) -> str:
    """The same by RAS, without shares: the groups are small. Empty if a group has no lesion."""
    found = [
        selection.one(table, grouping="ras_by_margin", stratum=f"{ras} {side}", quantity="rate")
        for ras in ("wild_type", "mutant")
        for side in ("below_5", "at_least_5")
    ]
    if any(numbers.is_missing(row.get("estimate")) for row in found):
        return ""
    wild_below, wild_above, mutant_below, mutant_above = map(counts, found)
    return (
        f"With RAS wild-type, LTP was found in {wild_below} below 5 mm and in {wild_above} with 5 mm or more; with RAS "
        f"mutant, in {mutant_below} and in {mutant_above}."
    )


def margin_ratio(content: ReportContent) -> dict[str, Any]:
    """Return the hazard ratio of a margin below 5 mm, alone; empty below 5 events per variable or on either side."""
    sides = [of_side(content.table("lesion_factors"), stratum) for stratum in (BELOW, AT_LEAST)]
    least = EVENTS_PER_VARIABLE_UNRELIABLE
    row = selection.one(
        content.table("lesion_factor_models"),
        model="factor",
        term="margin_below_5",
        term_level="true",
        quantity="hazard_ratio",
    )
    is_few = any(numbers.is_missing(side.get("n_events")) or side["n_events"] < least for side in sides)
    epv: Any = row.get("events_per_variable")
    is_few |= numbers.is_missing(epv) or float(epv) < least
    return {} if is_few or numbers.is_missing(row.get("estimate")) else row


def ratio(content: ReportContent) -> str:
    """The hazard ratio below 5 mm, and whether RAS changes it."""
    row = margin_ratio(content)
    if not row:
        return ""
    crossed = selection.one(
        content.table("lesion_factor_models"), model="margin_by_ras_cause_specific", analysis="interaction"
    )
    p = numbers.p_equals(crossed.get("p_value"))
    test = f"; the interaction with RAS has {p}" if p else ""
    text = (
        f"The hazard of LTP below 5 mm is {numbers.ratio_interval(*selection.share_of(row))} times that with 5 mm or "
        f"more (Cox model of the margin alone, {removed.censored(content)}, 95 % CI clustered by patient{test})."
    )
    hazards: Any = row.get("ph_p_value")
    if not numbers.is_missing(hazards) and float(hazards) < PH_ALPHA:
        p = numbers.p_equals(hazards)
        text += f" This ratio seems to change over time (test of proportional hazards {p}): "
        text += "read it as an average over the follow-up."
    return text


def bound(table: pd.DataFrame, **of_whom: str) -> str:
    """The largest margin with LTP, and what can be claimed of the lesions beyond it."""
    wanted = {"grouping": "overall"} | of_whom
    largest = selection.one(table, quantity="largest_margin_with_ltp_mm", **wanted)
    beyond = selection.one(table, quantity="rate_beyond", **wanted)
    if numbers.is_missing(largest.get("estimate")):
        return ""
    margin = f"{float(largest['estimate']):.1f} mm"
    if numbers.is_missing(beyond.get("upper")):
        return f"The largest margin with which LTP was seen is {margin}, and no lesion has a larger one."
    return (
        f"The largest margin with which LTP was seen is {margin}: in none of the "
        f"{numbers.counted(beyond['n'], 'lesion')} beyond it was LTP seen, but the true share with LTP may still be up "
        f"to {numbers.percent(beyond['upper'])} % (upper limit of the exact 95 % interval). This bound was chosen from "
        "the same lesions, and the next LTP may lie beyond it."
    )


def known(table: pd.DataFrame) -> str:
    """Of how many lesions the margin is known, and how many margins are exactly 0."""
    whole = selection.one(table, grouping="overall", quantity="rate")
    largest = selection.one(table, grouping="overall", quantity="largest_margin_with_ltp_mm")
    n_known, lesions = numbers.count(largest.get("n")), numbers.counted(whole.get("n"), "evaluable lesion")
    text = f"The margin is known of {n_known} of {lesions}."
    zero = numbers.text(largest.get("note"))
    if zero.endswith("exactly 0 mm"):
        text += (
            f" There are {zero}: they count as covered, although a program that knows no negative margins may say 0 of "
            "a lesion that is not covered."
        )
    return text


def measured(table: pd.DataFrame) -> str:
    """Whether it is known which program measured the margins."""
    programs = [s for s in selection.distinct(selection.where(table, grouping="margin_software"), "stratum") if s]
    if programs == ["unknown"]:
        return "No program is named that measured them; programs differ by a millimetre and more."
    return "Programs measure margins differently, so that figures by program stand in a table of their own."


def curves(table: pd.DataFrame, tests: pd.DataFrame, grouping: str, words: str, name: str) -> Drawing | None:
    """Draw the incidence of LTP by a grouping, with the clustered test; None where there are no times."""
    part = selection.where(table, endpoint="TTLTP", grouping=grouping)
    if part.empty:
        return None
    strata, unknown = selection.known_strata(part)
    if strata == [selection.UNKNOWN]:
        return None
    few = [s for s in strata if selection.where(part, stratum=s)["n_at_risk"].max() < MIN_AT_RISK]
    strata = [stratum for stratum in strata if stratum not in few]
    if not strata:
        return None
    part = part[part["stratum"].isin(strata)].assign(cause=CAUSE_LTP)
    names = {stratum: labels.stratum(grouping, stratum) for stratum in strata}
    sizes = []
    for stratum in strata:
        own = selection.where(part, stratum=stratum)
        sizes.append(
            f"{names[stratum]}: {numbers.counted(own['n_at_risk'].max(), 'lesion')}, {own['n_events'].sum():.0f} LTP"
        )
    note = "; ".join(sizes) + "." + (f" {unknown} lesions of unknown status are not drawn." if unknown else "")
    note += f" Groups of fewer than {MIN_AT_RISK} lesions are not drawn." if few else ""
    note += " Bands are 95 % intervals clustered by patient."
    title = f"Cumulative incidence of LTP per lesion, death competing, {words}."
    if float(part["estimate"].fillna(0).max()) == 0:
        return Drawing(None, name, title, "", f"Not drawn: no event so far. {note}")
    test = selection.one(tests, endpoint="TTLTP", grouping=grouping, quantity="clustered_chi2")
    p = numbers.p_equals(test.get("p_value"))
    annotation = f"Clustered test: {p}" if p else ""
    figure = incidence_figure(part, labels=names, cause_labels={CAUSE_LTP: "LTP"}, annotation=annotation)
    drawn = frozenset(curve_of(selection.where(part, stratum=stratum)) for stratum in strata)
    return Drawing(figure, name, title, f"{title} {note}", note, drawn)


def response(content: ReportContent) -> Drawing | None:
    """Draw the hazard at each margin against that at 5 mm; None where it could not be fitted."""
    table = selection.where(content.table("margin_response"), analysis="univariable")
    rows = selection.where(table, quantity="hazard_ratio")
    if rows.empty or not rows["estimate"].notna().any():
        return None
    whole = selection.by_quantity(table)
    tests = [
        f"{name} {p}"
        for quantity, name in (("spline_chi2", "whole curve"), ("nonlinear_chi2", "departure from a straight line"))
        if (p := numbers.p_equals(whole.get(quantity, {}).get("p_value")))
    ]
    first = selection.records(rows)[0]
    knots = ", ".join(f"{knot:g}" for knot in MARGIN_KNOTS_MM)
    note = (
        f"{numbers.counted(first.get('n'), 'lesion')}, {numbers.count(first.get('n_events'))} LTP; restricted cubic "
        f"spline with knots at {knots} mm, fixed beforehand; {removed.censored(content)}; band: 95 % interval "
        f"clustered by patient. {'; '.join(tests)}."
    )
    bound = selection.one(content.table("lesion_factors"), grouping="overall", quantity="largest_margin_with_ltp_mm")
    if not numbers.is_missing(bound.get("estimate")):
        note += f" Beyond {float(bound['estimate']):.1f} mm no LTP was seen: there the curve is the model's."
    note += f" {guards.NARROW_SPLINE}." if guards.NARROW_SPLINE in numbers.text(first.get("note")) else ""
    title = f"Hazard of LTP at each ablation margin, compared with {ENOUGH_MARGIN_MM:g} mm."
    figure = dose_response_figure(rows, ENOUGH_MARGIN_MM, "Smallest ablation margin, mm", MARGIN_KNOTS_MM)
    return Drawing(figure, "margin-response", title, f"{title} {note}", note)
