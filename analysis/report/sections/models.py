"""Section: regression models, Cox for times and logistic for LTP, as tables and as forest plots."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd

from analysis import primary
from analysis.figures.forest import ForestRow, forest_figure
from analysis.report import labels, numbers
from analysis.report.blocks import (
    Block,
    Cell,
    Column,
    DataTable,
    FigureGrid,
    Footnotes,
    Numbering,
    Paragraph,
    Row,
    Section,
)
from analysis.report.content import ReportContent
from analysis.report.figure_block import Drawing, on_page
from analysis.report.sections import checks, selection
from schemas.thresholds import EVENTS_PER_VARIABLE_UNRELIABLE


class Kind(NamedTuple):
    """One family of models: its table, what its ratio is called, and the words beneath."""

    table: str
    title: str
    in_words: str
    ratio: str
    has_ph_test: bool
    note: str


KINDS = (
    Kind(
        "cox",
        "Cox models",
        "Cox models",
        "Hazard ratio",
        True,
        "Cox proportional-hazards models, Efron's method for ties. p, PH: test of proportional hazards (scaled "
        "Schoenfeld residuals); a small "
        "value suggests that the ratio changes over time.",
    ),
    Kind(
        "logistic",
        "Logistic models",
        "logistic models",
        "Odds ratio",
        False,
        "Logistic regression by maximum likelihood, Wald intervals.",
    ),
)
EPV_NOTE = "Below 10 events per variable, read with caution; below 5, unreliable (Peduzzi 1995; Vittinghoff 2007)."
MAX_FOREST_ROWS = 14
ONE_FACTOR = f"{primary.MODEL}_mutation"
MODELS = {ONE_FACTOR: ", mutation as one factor"}
"""What a heading adds for a model that endpoint and cohort cannot distinguish. The drawing leaves that model out."""


def build(content: ReportContent, numbering: Numbering) -> Section:
    """Forest plots of the multivariable models, then one table per family; sentences where there is no
    model.
    """
    blocks: list[Block] = []
    drawings = [drawing(kind, content.table(kind.table)) for kind in KINDS]
    drawn = [on_page(found, numbering) for found in drawings if found is not None]
    if drawn:
        blocks.append(FigureGrid(drawn))
    for kind in KINDS:
        blocks.append(model_table(kind, content, numbering))
    return Section("models", "Models", blocks)


def drawing(kind: Kind, frame: pd.DataFrame, whose: str | None = None) -> Drawing | None:
    """The forest plot of the multivariable models in the kind's analysis table; None where none could be fitted.
    `whose` replaces the words for the models' cohort; '' leaves them out.
    """
    rows: list[ForestRow] = []
    counts: list[str] = []
    multivariable = selection.where(_terms(kind, frame), analysis="multivariable")
    multivariable = _without_model(multivariable, ONE_FACTOR)
    for (endpoint, _, cohort), part in selection.parts(multivariable, "endpoint", "level", "cohort"):
        if len(rows) + 1 + len(part) > MAX_FOREST_ROWS:
            break
        records = selection.records(part)
        of_whom = labels.cohort_label(cohort) if whose is None else whose
        title = f"{_short(endpoint)}, {of_whom}" if of_whom else _short(endpoint)
        epv = records[0].get("events_per_variable")
        is_unreliable = epv is not None and not numbers.is_missing(epv) and float(epv) < EVENTS_PER_VARIABLE_UNRELIABLE
        rows.append(ForestRow(title + (": unreliable" if is_unreliable else ""), is_heading=True))
        rows += [_forest_row(row) for row in records]
        counts.append(f"{title}: {_size(records[0])}")
    try:
        figure = forest_figure(rows, f"{kind.ratio}, log scale") if rows else None
    except ValueError:
        figure = None
    if figure is None:
        return None
    estimates = "; ".join(
        f"{row.label} {numbers.ratio_interval(row.estimate, row.lower, row.upper)}"
        for row in rows
        if row.estimate is not None
    )
    alt = f"Forest plot of {kind.ratio.lower()}s from multivariable models: {estimates}."
    caption = f"{kind.ratio}s, all terms together ({kind.in_words}). Right of 1: more events."
    return Drawing(figure, f"forest-{kind.table}", caption, alt, "; ".join(counts) + ".")


def _forest_row(row: dict[str, Any]) -> ForestRow:
    estimate, lower, upper = (None if value is None else float(value) for value in selection.share_of(row))
    return ForestRow(_term(row), estimate, lower, upper)


def model_table(kind: Kind, content: ReportContent, numbering: Numbering, whose: str = "") -> Block:
    """Return one table of a family of models, or a sentence if none could be fitted. `whose` replaces the words for the
    models' cohort. Columns for terms alone are left out if there are none.
    """
    frame = content.table(kind.table)
    terms = _terms(kind, frame)
    if terms.empty:
        return Paragraph(f"{kind.title}: none could be fitted yet.")
    footnotes = Footnotes()
    lines: list[Row] = []
    has_alone = len(selection.where(terms, analysis="univariable")) > 0
    for (endpoint, level, cohort, model), part in selection.parts(terms, "endpoint", "level", "cohort", "model"):
        multivariable = selection.where(part, analysis="multivariable")
        first = selection.records(multivariable if not multivariable.empty else part)[0]
        epv = first.get("events_per_variable")
        size = _size(first) + (
            "" if numbers.is_missing(epv) else f", events per variable {checks.events_per_variable(epv)}"
        )
        of_whom = whose or f"{labels.cohort_label(cohort)}{MODELS.get(model, '')}"
        heading = f"{labels.endpoint(endpoint)}, {labels.level(level)}; {of_whom} ({size})"
        common = _common_note(multivariable)
        checked = checks.of_model(content, model=model, cohort=cohort, analysis="multivariable").replace("; ", ", ")
        tests = _model_tests(
            selection.where(frame, endpoint=endpoint, level=level, cohort=cohort, model=model, analysis="multivariable")
        )
        lines.append(
            Row(
                [Cell(heading, footnotes.mark("; ".join(part for part in (tests, checked, common) if part)))],
                is_group=True,
            )
        )
        for _, rows in selection.parts(part, "term", "term_level"):
            lines.append(_line(kind, rows, common, footnotes, has_alone=has_alone))
    ratio = [Column(f"{kind.ratio} (95 % CI)", True), Column("p", True)]
    together = [*ratio, *([Column("p, PH", True)] if kind.has_ph_test else [])]
    columns = [Column("Term"), *([Column("n", True), Column("Events", True), *ratio] if has_alone else []), *together]
    spans = [("", 1), ("Each term alone", 4), ("All terms together", len(together))] if has_alone else []
    caption = f"{kind.title}: {kind.ratio.lower()}s"
    caption += " of each term alone and of all terms together." if has_alone else "."
    notes = (kind.note, EPV_NOTE)
    return DataTable(numbering.table(), caption, columns, lines, notes, footnotes.items(), spans, source=kind.table)


def _line(kind: Kind, rows: pd.DataFrame, common: str, footnotes: Footnotes, *, has_alone: bool) -> Row:
    by_analysis = {numbers.text(row.get("analysis")): row for row in selection.records(rows)}
    alone, together = by_analysis.get("univariable", {}), by_analysis.get("multivariable", {})
    cells: list[Cell | str] = [_term(together or alone)]
    cells += [numbers.count(alone.get("n")), numbers.count(alone.get("n_events"))] if has_alone else []
    for row in (alone, together) if has_alone else (together,):
        note = _without(labels.remark(row.get("note")), common if row is together else "")
        cells.append(Cell(numbers.ratio_interval(*selection.share_of(row)), footnotes.mark(note)))
        cells.append(numbers.p_value(row.get("p_value")))
    if kind.has_ph_test:
        cells.append(numbers.p_value(together.get("ph_p_value")))
    return Row(cells)


def _terms(kind: Kind, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of terms, without those that test a whole model."""
    return selection.where(frame, quantity=kind.ratio.lower().replace(" ", "_"))


def _without_model(frame: pd.DataFrame, model: str) -> pd.DataFrame:
    return frame[frame["model"].map(numbers.text) != model] if "model" in frame else frame


def _model_tests(frame: pd.DataFrame) -> str:
    """'all terms: likelihood ratio p < 0.001, proportional hazards p = 0.410'."""
    names = (("lr_chi2", "likelihood ratio"), ("ph_global_chi2", "proportional hazards"))
    found = selection.by_quantity(frame)
    said = [
        f"{name} {p}{_finite_only(found[quantity])}"
        for quantity, name in names
        if (p := numbers.p_equals(found.get(quantity, {}).get("p_value")))
    ]
    return f"all terms: {', '.join(said)}" if said else ""


def _finite_only(row: dict[str, Any]) -> str:
    """Say which terms a test covers, where one with an infinite estimate cannot be among them."""
    parts = labels.remark(row.get("note")).split("; ")
    return next((f" ({part})" for part in parts if part.startswith("only of the terms")), "")


def _common_note(rows: pd.DataFrame) -> str:
    """Return what the notes of all lines of a model have in common; it is said once, at the heading."""
    split = [labels.remark(row.get("note")).split("; ") for row in selection.records(rows)]
    return "; ".join(part for part in split[0] if part and all(part in parts for parts in split)) if split else ""


def _without(note: str, common: str) -> str:
    known = common.split("; ")
    return "; ".join(part for part in note.split("; ") if part not in known)


def _term(row: dict[str, Any]) -> str:
    return labels.term(row.get("term"), row.get("term_level"), row.get("reference"))


def _size(row: dict[str, Any]) -> str:
    return f"n = {numbers.count(row.get('n'))}, {numbers.counted(row.get('n_events'), 'event')}"


def _short(endpoint: str) -> str:
    return {
        "LTPFS_STUDY": "LTP (time)",
        "LTPFS": "LTP or death",
        "TTLTP": "LTP (cause-specific)",
        "OS": "Death",
    }.get(endpoint, endpoint)
