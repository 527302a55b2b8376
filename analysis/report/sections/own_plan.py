"""Section: the analyses that the registry has declared itself, each with the day since when it is declared."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.regression.imputation import ASSUMED
from analysis.report import labels, made_terms, numbers
from analysis.report.blocks import (
    Block,
    Callout,
    Cell,
    Column,
    DataTable,
    Footnotes,
    Numbering,
    Paragraph,
    Row,
    Section,
)
from analysis.report.content import ReportContent
from analysis.report.figure_block import Drawing, on_page
from analysis.report.own_plan import OwnPlan, PlannedItem
from analysis.report.sections import checks, comparison, incidence, plan_splines, sample_size, selection, survival
from analysis.report.sections.own_tests import performance_tables
from schemas.own_plan import (
    COX,
    FINE_GRAY,
    FIRTH,
    IMPUTED,
    LOGISTIC,
    MISSING_INFORMATION,
    MULTIPLICITY,
    PREFIX,
    PRIMARY,
    table_of,
)
from schemas.thresholds import EVENTS_PER_VARIABLE_UNRELIABLE

ANCHOR, TITLE = "own-plan", "The registry's own plan"
METHODS = {COX: "Cox model", FINE_GRAY: "Fine-Gray model", LOGISTIC: "Logistic model", FIRTH: "Firth's Cox model"}
HAZARD = "Hazard ratio"
RATIOS = {COX: HAZARD, FINE_GRAY: "Subdistribution hazard ratio", LOGISTIC: "Odds ratio", FIRTH: HAZARD}
QUANTITIES = {COX: "hazard_ratio", FINE_GRAY: "subdistribution_hazard_ratio", LOGISTIC: "odds_ratio"}
QUANTITIES |= {FIRTH: QUANTITIES[COX]}
OVERALL = "overall"
HOLM = (
    "p, Holm: adjusted for the {n} terms of all models of the plan but the primary contrast, which is one test and "
    "declared as such. A spline counts once, as a whole curve, and a crossing in place of what it is made of."
)
IMPUTED_WORDS = "Missing values imputed."
ASSUMPTION = (
    "Imputation assumes that, given what is in the equations (the model's columns and the outcome), it is chance which "
    "values are missing (missing at random). No figure shows whether this holds."
)
INTRODUCTION = (
    "These analyses are the registry's own: they are declared in plan.toml and made every night beside the built-in "
    "ones, by the same estimators and with the same guards. Each line says on which day its analysis was first part of "
    "a release, and whether data had been released before. An analysis that was declared after the data could be seen "
    "is exploratory, whatever its p-value."
)


def build(content: ReportContent, numbering: Numbering) -> Section:
    """Which analyses are declared, the primary contrast in a sentence, a table for each model, curves; that the plan
    was refused and why; nothing without a plan.
    """
    plan = content.own_plan
    if plan is None:
        return Section(ANCHOR, TITLE, [])
    if plan.refused:
        said = f"{plan.refused} The built-in analyses were made; none of the plan was."
        return Section(ANCHOR, TITLE, [Callout(f"{plan.file} was not followed", said)])
    blocks: list[Block] = [Paragraph(text) for text in (plan.title, INTRODUCTION, _primary(plan)) if text]
    blocks.append(_listed(plan, numbering))
    for item in plan.items:
        if item.is_comparison:
            blocks += comparison.blocks(plan, item, f"{_name(item)}: {_what(item)}", numbering)
            continue
        blocks += _models(plan, item, numbering) if item.is_model else _curves(plan, item, numbering)
        blocks += plan_splines.blocks(plan, item, numbering) if item.is_model else []
        if item.is_model and item.name == PRIMARY:
            blocks += sample_size.blocks_of(plan.table("sample_size"), numbering)
    return Section(ANCHOR, TITLE, blocks)


def _primary(plan: OwnPlan) -> str:
    """Return the ratios of the primary contrast in a sentence; '' if none was estimated or declared."""
    item = next((one for one in plan.items if one.is_model and one.name == PRIMARY), None)
    if item is None:
        return ""
    contrast = next((one.groups for one in plan.items if one.item == "curves" and one.name == PRIMARY), "")
    contrast = contrast or item.formula.split(" + ")[0].strip()
    rows = selection.where(_terms(plan, item), term=contrast)
    said = [
        f"{RATIOS[item.method].lower()} {numbers.ratio_interval(*selection.share_of(row))}, "
        f"{numbers.p_equals(row.get('p_value'))}, of {_term(row)}"
        for row in selection.records(rows)
        if not numbers.is_missing(row.get("estimate"))
    ]
    what = f"{labels.endpoint(item.endpoint)}, {labels.level(item.level)}"
    if not said:
        return f"The primary contrast ({what}) could not be estimated; its table says why."
    return f"Primary contrast ({what}; {item.declared}): {'; '.join(said)}."


def _listed(plan: OwnPlan, numbering: Numbering) -> DataTable:
    rows = [Row([_name(item), _what(item), item.declared]) for item in plan.items]
    columns = [Column("Analysis"), Column("What is estimated"), Column("Declared")]
    return DataTable(numbering.table(), "The analyses that the registry has declared.", columns, rows, source="guards")


def _models(plan: OwnPlan, item: PlannedItem, numbering: Numbering) -> list[Block]:
    """Return the table of a model's complete cases, beside it that with imputed values if it has one, and how well it
    predicts if it was put to the test.
    """
    found = [_model(plan, item, numbering)]
    found += [_model(plan, item, numbering, IMPUTED)] if len(_terms(plan, item, IMPUTED)) else []
    return found + performance_tables(plan, item.name, _name(item), numbering)


def _model(plan: OwnPlan, item: PlannedItem, numbering: Numbering, ending: str = "") -> Block:
    """Return the table of one model, or a sentence why it could not be fitted. `ending` of its name in the tables."""
    terms = selection.records(_terms(plan, item, ending))
    caption = f"{_name(item)}: {_what(item)}"
    if not terms:
        return Paragraph(f"{caption}: no term could be estimated.")
    footnotes = Footnotes()
    first = terms[0]
    size = f"n = {numbers.count(first.get('n'))}, {numbers.counted(first.get('n_events'), 'event')}"
    epv = first.get("events_per_variable")
    size += "" if numbers.is_missing(epv) else f", events per variable {checks.events_per_variable(epv)}"
    lines = [Row([f"{size}; {item.declared}"], is_group=True)]
    has_ph = any(not numbers.is_missing(row.get("ph_p_value")) for row in terms)
    holm = {} if ending else _holm(plan, item)
    lost = _missing_information(plan, item, ending)
    for row in terms:
        note = footnotes.mark(_remark(row, item))
        cells: list[Cell | str] = [_term(row), Cell(numbers.ratio_interval(*selection.share_of(row)), note)]
        cells += [numbers.p_value(row.get("p_value"))]
        cells += [numbers.p_value(holm.get(_place(row), {}).get("p_holm"))] if holm else []
        cells += [numbers.p_value(row.get("ph_p_value"))] if has_ph else []
        if ending:
            cells.append(lost.get((row["term"], row["term_level"]), numbers.MISSING))
        lines.append(Row(cells))
    columns = [Column("Term"), Column(f"{RATIOS[item.method]} (95 % CI)", True), Column("p", True)]
    columns += [Column("p, Holm", True)] if holm else []
    columns += [Column("p, PH", True)] if has_ph else []
    columns += [Column("Missing information, %", True)] if ending else []
    of_tests = HOLM.format(n=numbers.count(next(iter(holm.values()))["n_tests"])) if holm else ""
    all_terms, assumed = ("", ASSUMPTION) if ending else (_tests(plan, item), "")
    notes = [text for text in (_method(first), all_terms, of_tests, _unreliable(epv), assumed) if text]
    source = table_of(item.method, item.level)
    caption = f"{caption}. {IMPUTED_WORDS}" if ending else f"{caption}."
    return DataTable(numbering.table(), caption, columns, lines, notes, footnotes.items(), source=source)


def _holm(plan: OwnPlan, item: PlannedItem) -> dict[str, dict[str, Any]]:
    """Return grouping -> the adjusted test of each term of a model."""
    begins = f"{PREFIX}{item.name}: "
    rows = selection.records(plan.table(MULTIPLICITY))
    return {row["grouping"]: row for row in rows if row["grouping"].startswith(begins)}


def _place(row: dict[str, Any]) -> str:
    return f"{row['model']}: {row['term']} {row['term_level']}".rstrip()


def _terms(plan: OwnPlan, item: PlannedItem, ending: str = "") -> pd.DataFrame:
    frame = plan.table(table_of(item.method, item.level))
    return selection.where(frame, model=f"{PREFIX}{item.name}{ending}", quantity=QUANTITIES[item.method])


def _missing_information(plan: OwnPlan, item: PlannedItem, ending: str) -> dict[tuple[str, str], str]:
    """Return how much of the information on each term is missing, in percent."""
    frame = plan.table(table_of(item.method, item.level))
    rows = selection.where(frame, model=f"{PREFIX}{item.name}{ending}", quantity=MISSING_INFORMATION)
    return {(row["term"], row["term_level"]): numbers.percent(row["estimate"], 0) for row in selection.records(rows)}


def _tests(plan: OwnPlan, item: PlannedItem) -> str:
    """'All terms together: likelihood ratio p < 0.001; proportional hazards p = 0.410.'"""
    frame = selection.where(plan.table(table_of(item.method, item.level)), model=f"{PREFIX}{item.name}")
    found = selection.by_quantity(frame)
    names = (("lr_chi2", "likelihood ratio"), ("wald_chi2", "Wald"), ("ph_global_chi2", "proportional hazards"))
    said = [f"{name} {p}" for key, name in names if (p := numbers.p_equals(found.get(key, {}).get("p_value")))]
    return f"All terms together: {'; '.join(said)}." if said else ""


def _method(row: dict[str, Any]) -> str:
    method = numbers.text(row.get("method"))
    return f"{method}." if method else ""


def _unreliable(epv: Any) -> str:
    is_few = not numbers.is_missing(epv) and float(epv) < EVENTS_PER_VARIABLE_UNRELIABLE
    return "Too few events for so many terms: the estimates are not shown." if is_few else ""


def _remark(row: dict[str, Any], item: PlannedItem) -> str:
    parts = labels.remark(row.get("note")).split("; ")
    said_elsewhere = ("", labels.remark(f"own plan, {item.declared}"), ASSUMED)
    return "; ".join(part for part in parts if part not in said_elsewhere)


def _term(row: dict[str, Any]) -> str:
    term = numbers.text(row.get("term"))
    if made_terms.is_made(term):
        return made_terms.words(term)
    return labels.term(term, row.get("term_level"), row.get("reference"))


def _curves(plan: OwnPlan, item: PlannedItem, numbering: Numbering) -> list[Block]:
    """Return the curves as drawing and table: cumulative incidence where an event competes, else Kaplan-Meier."""
    shown = _as_grouping(plan, item)
    caption = f"{_name(item)}: {_what(item)} ({item.declared})"
    cif = shown.table("cumulative_incidence")
    drawn: Drawing | None
    if len(cif):
        one = incidence.Incidence(item.groups or OVERALL, caption, item.endpoint, item.level)
        drawn = incidence.drawing(one, cif, shown.table("gray"))
        caption_of_drawing = f"{caption}, cumulative incidence."
    else:
        curve = survival.Curve(item.endpoint, item.groups or OVERALL, caption, "Event-free, %", item.level)
        drawn = survival.drawing(curve, shown.table)
        caption_of_drawing = f"{caption}."
    if drawn is None:
        rows = selection.records(shown.table("km_summary"))
        why = numbers.text(rows[0].get("note")) if rows else "nobody has this endpoint"
        return [Paragraph(f"{caption} could not be estimated: {why}.")]
    named = drawn._replace(name=f"plan-{item.name.replace('_', '-')}", caption=caption_of_drawing)
    summary = survival.summary_table(shown.table("km_summary"), shown.table("logrank"), numbering)
    return [on_page(named, numbering), summary]


def _as_grouping(plan: OwnPlan, item: PlannedItem) -> OwnPlan:
    """Return the plan with the rows of these curves alone, called by the column or term that makes the groups."""
    own = f"{PREFIX}{item.name}"
    tables = {
        name: found.assign(grouping=item.groups or OVERALL)
        for name, frame in plan.tables.items()
        if len(found := selection.where(frame, grouping=own)) and name != "guards"
    }
    return OwnPlan(plan.file, items=plan.items, tables=tables)


def _name(item: PlannedItem) -> str:
    if item.title:
        return item.title
    words = "primary contrast" if item.name == PRIMARY else item.name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _what(item: PlannedItem) -> str:
    """'Cox model of local recurrence, per lesion: margin + ras; within site; only ecog <= 1'."""
    if item.is_comparison:
        said = f"Comparison of {labels.endpoint(item.endpoint)}, {labels.level(item.level)}, {item.groups}"
        said += f"; weighted for {item.formula}"
        return said + (f"; only {item.subgroup}" if item.subgroup else "")
    what = METHODS[item.method] if item.is_model else "Curves"
    said = f"{what} of {labels.endpoint(item.endpoint)}, {labels.level(item.level)}"
    said += f": {item.formula}" if item.is_model else f", by {labels.grouping(item.groups)}" if item.groups else ""
    said += f"; within {item.strata}" if item.strata else ""
    return said + (f"; only {item.subgroup}" if item.subgroup else "")
