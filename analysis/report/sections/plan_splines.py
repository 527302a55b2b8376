"""The curves of a plan's splines: the ratio of the hazard at each value to that at the middle knot, and its tests."""

from __future__ import annotations

import re

from analysis import guards
from analysis.figures.dose_response import dose_response_figure
from analysis.report import labels, numbers
from analysis.report.blocks import Block, FigureGrid, Numbering, Paragraph
from analysis.report.figure_block import Drawing, file_name, on_page
from analysis.report.own_plan import OwnPlan, PlannedItem, without_day
from analysis.report.sections import selection
from schemas.own_plan import MULTIPLICITY, PREFIX, SPLINES

KNOTS = re.compile(r"knots at ([-\d., e+]+)")
TESTS = (("spline_chi2", "whole curve"), ("nonlinear_chi2", "departure from a straight line"))
ONLY_SEEN = "Only values that were seen are drawn."


def blocks(plan: OwnPlan, item: PlannedItem, numbering: Numbering) -> list[Block]:
    """Return a drawing for each spline of a model, or a sentence why there is none; nothing without splines."""
    table = selection.where(plan.table(SPLINES), model=f"{PREFIX}{item.name}")
    found: list[Block] = []
    for (term,), _ in selection.parts(table, "term"):
        drawn = drawing(plan, item, term)
        if drawn is None:
            row = selection.one(table, term=term)
            why = labels.remark(without_day(row.get("note"))).split("; ")[0]
            found.append(Paragraph(f"No curve over {labels.grouping(term)}: {why}."))
            continue
        found.append(FigureGrid([on_page(drawn, numbering)]))
    return found


def _sentence(parts: list[str]) -> str:
    said = "; ".join(parts)
    return said[:1].upper() + said[1:]


def _by_holm(plan: OwnPlan, item: PlannedItem, term: str) -> str:
    """Return the p-value of the whole curve, adjusted for the number of tests of the plan; '' if it is not."""
    row = selection.one(plan.table(MULTIPLICITY), grouping=f"{PREFIX}{item.name}: {term}")
    return numbers.p_equals(row.get("p_holm"))


def drawing(plan: OwnPlan, item: PlannedItem, term: str) -> Drawing | None:
    """Draw one spline; None where it could not be estimated."""
    table = selection.where(plan.table(SPLINES), model=f"{PREFIX}{item.name}", term=term)
    rows = selection.where(table, quantity="hazard_ratio")
    if rows.empty or not rows["estimate"].notna().any():
        return None
    first = selection.records(rows)[0]
    reference = float(first["reference"])
    found = KNOTS.search(numbers.text(first["method"]))
    knots = [float(knot) for knot in found[1].strip(" ,").split(", ")] if found else []
    whole = selection.by_quantity(table)
    tests = [f"{name} {p}" for key, name in TESTS if (p := numbers.p_equals(whole.get(key, {}).get("p_value")))]
    tests += [f"whole curve, Holm {p}" for p in [_by_holm(plan, item, term)] if p]
    listed = ", ".join(f"{knot:g}" for knot in knots)
    note = (
        f"{numbers.counted(first.get('n'), item.level)}, {numbers.counted(first.get('n_events'), 'event')}; restricted "
        f"cubic spline with knots at {listed}, as declared. {_sentence(tests)}. {ONLY_SEEN}"
    )
    note += f" {guards.NARROW_SPLINE}." if guards.NARROW_SPLINE in numbers.text(first.get("note")) else ""
    over = labels.grouping(term)
    what = f"{labels.endpoint(item.endpoint)}, {labels.level(item.level)}"
    title = f"Hazard of {what}, over {over}, compared with {reference:g}."
    figure = dose_response_figure(rows, reference, over[:1].upper() + over[1:], knots)
    return Drawing(figure, file_name(f"plan-{item.name}-over-{term}"), title, f"{title} {note}", note)
