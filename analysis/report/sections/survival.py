"""Section: Kaplan-Meier figures and the table of rates at fixed times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pandas as pd

from analysis.estimates.kaplan_meier import PLATEAU
from analysis.figures.kaplan_meier import km_figure
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
from analysis.report.figure_block import Drawing, curve_of, file_name, on_page
from analysis.report.sections import checks, few_events, landmarks, removed, restricted, selection
from schemas.thresholds import FEW_EVENTS_OF_CURVE, LANDMARKS_MONTHS


class Curve(NamedTuple):
    """One figure: what is drawn, and how its axes are called."""

    endpoint: str
    grouping: str
    caption: str
    y_label: str
    level: str = "patient"
    since: str = "first ablation"

    @property
    def name(self) -> str:
        """Return the name of its files."""
        level = "" if self.level == "patient" else f"-{self.level}"
        return file_name(f"km-{self.endpoint}{level}-{self.grouping}")


CURVES = (
    Curve("LTPFS", "overall", "LTP-free survival, all patients (event: LTP or death)", "Alive without LTP, %"),
    Curve("LTPFS", "kras", "LTP-free survival by KRAS (event: LTP or death)", "Alive without LTP, %"),
    Curve(
        "LTPFS",
        "diameter_ge_30",
        "LTP-free survival by largest diameter (event: LTP or death)",
        "Alive without LTP, %",
    ),
    Curve(
        "LTPFS_STUDY",
        "kras",
        "Time free of LTP by KRAS, as in the index study (deaths censored)",
        "Free of LTP, %",
    ),
    Curve("OS", "overall", "Overall survival, all patients", "Alive, %"),
    Curve("OS", "kras", "Overall survival by KRAS", "Alive, %"),
)
TABLE_ENDPOINTS = ("LTPFS", "LTPFS_STUDY", "OS")
TABLE_GROUPINGS = ("overall", "kras", "ras", "diameter_ge_30")
"""Groupings in the page's table; the release's table holds every endpoint, level and grouping."""
EVENT_FREE = (
    ("LTPFS", "alive without LTP", "At 12 months, by Kaplan-Meier,"),
    ("LTPFS_STUDY", "free of LTP", "With deaths censored, as in the index study,"),
)
"""Endpoint, what subjects without its event are called, and how its sentence begins. The index study's endpoint appears
only beside its replication."""


def build(content: ReportContent, numbering: Numbering) -> Section:
    """The figures, then one table of all endpoints; sentences where there is nothing to draw."""
    blocks: list[Block] = [
        *[Paragraph(text) for text in _sentences(content)],
        Paragraph(
            "Time runs from the first ablation. Bands are 95 % intervals (log-log), small ticks are "
            "censored patients, and the "
            "numbers at risk are given beneath. Each curve is drawn while at least a tenth of its group is at risk."
        ),
    ]
    drawings = [drawing(curve, content.table) for curve in CURVES]
    drawn = [on_page(found, numbering) for found in drawings if found is not None]
    blocks += [FigureGrid(drawn)] if drawn else [Paragraph("There are no follow-up times to draw yet.")]
    blocks += _summary(content, numbering)
    if not few_events.are_few(content):
        blocks += restricted.blocks(content, numbering)
    return Section("survival", "Time to event", blocks)


def _sentences(content: ReportContent) -> list[str]:
    """Say what the curves show: shares at 12 months by KRAS, the test, and how long patients were followed."""
    summary = selection.where(content.table("km_summary"), level="patient")
    said = []
    for endpoint, event, opening in EVENT_FREE if len(content.table("replication")) else EVENT_FREE[:1]:
        rows = selection.where(summary, endpoint=endpoint, grouping="kras", quantity="survival_12m")
        shares, missing = [], []
        for stratum, name in (("wild_type", "wild-type"), ("mutant", "mutant")):
            row = selection.one(rows, stratum=stratum)
            if why := landmarks.why_not_said(row):
                missing += [f"KRAS {name} ({why})"] if row else []
            else:
                shares.append(f"{landmarks.share(row)} of {numbers.count(row.get('n'))} with KRAS {name}")
        test = selection.one(content.table("logrank"), endpoint=endpoint, level="patient", grouping="kras")
        if len(shares) == 2 and (p := checks.of_test(test)):
            shares[-1] += f" (log-rank {p})"
        if shares:
            said.append(f"{opening} {' and '.join(shares)} were {event}.")
        if missing:
            said.append(f"How many were {event} at 12 months is not given for {', '.join(missing)}.")
    overall = selection.where(summary, endpoint="LTPFS_STUDY", grouping="overall")
    followed = selection.one(overall, quantity="reverse_km_median_months")
    if not numbers.is_missing(followed.get("estimate")):
        months = numbers.months_interval(*selection.share_of(followed))
        said.append(f"Median imaging follow-up was {months} months (reverse Kaplan-Meier, 95 % CI in parentheses).")
    return [" ".join(said)] if said else []


def drawing(curve: Curve, table: Callable[[str], pd.DataFrame]) -> Drawing | None:
    """Draw the curve from the analysis tables, looked up by name; without km_summary and logrank, what they say is left
    out. None if the endpoint has no times.
    """
    wanted = {"endpoint": curve.endpoint, "level": curve.level, "grouping": curve.grouping}
    rows = selection.where(table("km_curve"), **wanted)
    if rows.empty:
        return None
    strata, unknown = selection.known_strata(rows)
    rows = rows[rows["stratum"].isin(strata)]
    names = {stratum: labels.stratum(curve.grouping, stratum) for stratum in strata}
    summary = selection.where(table("km_summary"), **wanted)
    counts = [_counts(curve.level, rows, summary, stratum, names[stratum], len(strata)) for stratum in strata]
    events = float(rows["n_events"].sum())
    test = selection.one(table("logrank"), **wanted)
    p = numbers.p_equals(test.get("p_value"))
    note = "; ".join(counts) + "." + (f" {unknown} of unknown status are not drawn." if unknown else "")
    if checked := checks.of_cohort(table("guards"), curve.endpoint, curve.level, curve.grouping):
        note += f" {checked}"
    note += checks.below_figure("Log-rank test", test)
    if events == 0:
        return Drawing(None, curve.name, f"{curve.caption}.", "", f"Not drawn: no event so far. {note}")
    if events < FEW_EVENTS_OF_CURVE:
        note += f" Only {numbers.counted(events, 'event')}: read the shape with care."
    at_12 = [
        f"{names[stratum]} {numbers.percent(row['estimate'])} % at 12 months"
        for stratum in strata
        if not landmarks.why_not_said(row := selection.one(summary, stratum=stratum, quantity="survival_12m"))
    ]
    alt = f"Kaplan-Meier curves: {curve.caption}. {'; '.join(counts + at_12)}."
    axes = {"x_label": f"Months since {curve.since}", "y_label": curve.y_label}
    figure = km_figure(rows, labels=names, annotation=f"Log-rank {p}" if p else "", **axes)
    curves = frozenset(curve_of(selection.where(rows, stratum=stratum)) for stratum in strata)
    return Drawing(figure, curve.name, f"{curve.caption}.", alt, note, curves)


def _counts(level: str, rows: pd.DataFrame, summary: pd.DataFrame, stratum: str, name: str, n_strata: int) -> str:
    """'Mutant: 49 patients, 24 events'."""
    part = selection.where(rows, stratum=stratum)
    n = selection.one(summary, stratum=stratum).get("n")
    n = part["n_at_risk"].max() if numbers.is_missing(n) else n
    words_for = f"{numbers.counted(n, level)}, {numbers.counted(part['n_events'].sum(), 'event')}"
    return words_for if n_strata == 1 else f"{name}: {words_for}"


def _summary(content: ReportContent, numbering: Numbering) -> list[Block]:
    whole = content.table("km_summary")
    is_shown = [
        numbers.text(row.get("level")) == "patient"
        and row.get("endpoint") in TABLE_ENDPOINTS
        and row.get("grouping") in TABLE_GROUPINGS
        for row in selection.records(whole)
    ]
    summary = whole[is_shown] if len(whole) else whole
    if summary.empty:
        return [Paragraph("There are no survival estimates yet.")]
    notes = (
        "Where death is censored (index study), the estimate describes what would be seen if nobody died; see "
        "the cumulative incidence.",
        *([removed.AS_DEATHS] if removed.are_there(content, "patient") else []),
        "Other endpoints, groups and the lesion level are in the table's file.",
    )
    return [summary_table(summary, content.table("logrank"), numbering, notes)]


def summary_table(
    summary: pd.DataFrame, tests: pd.DataFrame, numbering: Numbering, notes: Sequence[str] = ()
) -> DataTable:
    """Return a table of these rows of km_summary, with the p-values of `tests`; `notes` follow its own."""
    footnotes = Footnotes()
    known = set(summary.loc[summary["estimate"].notna(), "quantity"])
    months = [month for month in LANDMARKS_MONTHS if f"survival_{month}m" in known]
    has_median = "median_months" in known
    rows: list[Row] = []
    for (endpoint, level), by_endpoint in selection.parts(summary, "endpoint", "level"):
        rows.append(Row([f"{labels.endpoint(endpoint)}, {labels.level(level)}"], is_group=True))
        for (grouping, stratum), part in selection.parts(by_endpoint, "grouping", "stratum"):
            test = selection.one(tests, endpoint=endpoint, level=level, grouping=grouping)
            is_first = selection.distinct(selection.where(by_endpoint, grouping=grouping), "stratum")[0] == stratum
            rows.append(_summary_row(grouping, stratum, part, test if is_first else {}, footnotes, months, has_median))
    columns = [Column("Group"), Column("n", True), Column("Events", True)]
    columns += [Column(f"{month} months", True) for month in months]
    columns += [Column("Median, months", True)] if has_median else []
    columns += [Column("Follow-up, months", True), Column("p, log-rank", True)]
    missing = [f"{month} months" for month in LANDMARKS_MONTHS if month not in months]
    own = (
        f"At each time: Kaplan-Meier estimate in % (95 % CI, log-log). {landmarks.IN_BRACKETS} – : not estimated, "
        "because the follow-up of the group ends earlier or the median is not reached. Follow-up: median by the "
        "reverse Kaplan-Meier method."
        + (f" Follow-up does not reach {' and '.join(missing)}." if missing else "")
        + ("" if has_median else " No median is reached.")
    )
    spans = [("", 3), ("Event-free, % (95 % CI) at", len(months)), ("", 2 + has_median)] if months else []
    caption, number, source = "Event-free shares, medians and follow-up.", numbering.table(), "km_summary"
    return DataTable(number, caption, columns, rows, (own, *notes), footnotes.items(), spans, source=source)


def _summary_row(
    grouping: str,
    stratum: str,
    part: pd.DataFrame,
    test: dict[str, Any],
    footnotes: Footnotes,
    months: list[int],
    has_median: bool,
) -> Row:
    found = selection.by_quantity(part)
    any_row = next(iter(found.values()))
    cells: list[Cell | str] = [
        labels.group(grouping, stratum),
        numbers.count(any_row.get("n")),
        numbers.count(any_row.get("n_events")),
    ]
    for month in months:
        cells.append(landmarks.cell(found.get(f"survival_{month}m", {}), footnotes))
    if has_median:
        median = found.get("median_months", {})
        cells.append(Cell(numbers.months_interval(*selection.share_of(median)), footnotes.mark(_plateau(median))))
    cells.append(numbers.months_interval(*selection.share_of(found.get("reverse_km_median_months", {}))))
    cells.append(
        Cell(numbers.p_value(test.get("p_value")), footnotes.mark(labels.remark(test.get("note")))) if test else ""
    )
    return Row(cells)


def _plateau(median: dict[str, Any]) -> str:
    """Return the part of a median's note that says which time of a flat stretch it is."""
    parts = labels.remark(median.get("note")).split("; ")
    return next((part for part in parts if part.startswith(PLATEAU)), "")
