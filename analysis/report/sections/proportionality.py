"""Section: whether hazards are proportional, by the residuals of the main Cox model over time."""

from __future__ import annotations

import math

import pandas as pd

from analysis.figures.ph_residuals import ph_residuals_figure
from analysis.report import labels as words
from analysis.report import numbers
from analysis.report.blocks import Numbering, Paragraph, Section
from analysis.report.content import ReportContent
from analysis.report.figure_block import Drawing, on_page
from analysis.report.sections import selection

ANCHOR, TITLE = "proportionality", "Proportional hazards"


def build(content: ReportContent, numbering: Numbering) -> Section:
    """The picture with each term's test, or a sentence."""
    found = drawing(content.table("ph_residuals"), content.table("cox"))
    if found is None:
        return Section(ANCHOR, TITLE, [Paragraph("There is no Cox model whose residuals could be shown yet.")])
    return Section(ANCHOR, TITLE, [on_page(found, numbering)])


def drawing(rows: pd.DataFrame, cox: pd.DataFrame) -> Drawing | None:
    """The residuals of analysis.ph_residuals with the tests of analysis.cox; None without residuals."""
    if rows.empty or "estimate" not in rows or not rows["estimate"].notna().any():
        return None
    rows = rows[rows["estimate"].notna()]
    first = selection.records(rows)[0]
    model = {name: numbers.text(first[name]) for name in ("endpoint", "level", "model", "cohort", "analysis")}
    own = selection.where(cox, quantity="hazard_ratio", **model)
    terms = {(row["term"], row["term_level"]): row for row in selection.records(own)}
    keyed = rows.assign(term=rows["term"].map(numbers.text) + "|" + rows["term_level"].map(numbers.text))
    labels, effects, tested = {}, {}, []
    for (term, level, reference), _ in selection.parts(rows, "term", "term_level", "reference"):
        key, name = f"{term}|{level}", words.term(term, level, reference)
        found = terms.get((term, level), {})
        estimate = found.get("estimate")
        effects[key] = None if estimate is None or numbers.is_missing(estimate) else math.log(float(estimate))
        p = numbers.p_equals(found.get("ph_p_value"))
        labels[key] = f"{name}, {p}" if p else name
        tested += [f"{name} {p}"] if p else []
    n_events = numbers.count(terms[next(iter(terms))].get("n_events")) if terms else numbers.MISSING
    note = (
        f"{words.endpoint(model['endpoint'])}, all terms together; n = {numbers.count(first.get('n'))}, {n_events} "
        "events. Circles: scaled Schoenfeld residuals, one per event time; solid: their local smooth; dashed: the "
        "model's log hazard ratio; thin: no effect. p: test of proportional hazards. A smooth that stays near the "
        "dashed line supports a single ratio over all of follow-up; with few events, a large p-value is no proof."
    )
    figure = ph_residuals_figure(keyed, labels, effects)
    alt = f"Scaled Schoenfeld residuals of the Cox model over time, by term: {'; '.join(tested or labels.values())}."
    caption = "Log hazard ratios over time, by term of the main Cox model."
    return Drawing(figure, "ph-residuals", caption, alt, note)
