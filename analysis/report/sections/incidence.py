"""Section: cumulative incidence of LTP with death as a competing event."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

from analysis import primary
from analysis.figures.cumulative_incidence import CAUSE_DEATH, CAUSE_LTP, incidence_figure
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
from analysis.report.figure_block import Drawing, curve_of, on_page
from analysis.report.sections import checks, landmarks, selection
from schemas.thresholds import LANDMARKS_MONTHS

CURVES = (
    ("overall", "LTP, and death without LTP, all patients"),
    ("kras", "LTP, and death without LTP, by KRAS"),
)
TABLE_GROUPINGS = ("overall", "kras", "diameter_ge_30")
"""Groupings in the page's table; the release's table holds every one."""
CAUSE_NAMES = {CAUSE_LTP: "LTP", CAUSE_DEATH: "death"}


def build(content: ReportContent, numbering: Numbering) -> Section:
    """Two figures and a table, or a sentence."""
    title = "Cumulative incidence"
    both_levels = selection.where(content.table("cumulative_incidence"), endpoint="TTLTP")
    rows = selection.where(both_levels, level="patient")
    if rows.empty:
        text = "There are no follow-up times yet from which to estimate a cumulative incidence of LTP."
        return Section("incidence", title, [Paragraph(text)])
    gray = content.table("gray")
    blocks: list[Block] = [
        Paragraph(
            _sentence(rows, gray)
            + "A patient who dies without LTP can no longer develop it. The cumulative incidence (Aalen-Johansen) "
            "takes this into account; one minus "
            "Kaplan-Meier does not, and overstates LTP, more so in the group in which more patients die."
        )
    ]
    drawings = [drawing(grouping, caption, both_levels, gray) for grouping, caption in CURVES]
    drawn = [on_page(found, numbering) for found in drawings if found is not None]
    if drawn:
        blocks.append(FigureGrid(drawn))
    blocks.append(_table(both_levels, gray, numbering, _command(content)))
    return Section("incidence", title, blocks)


def drawing(grouping: str, caption: str, table: pd.DataFrame, gray: pd.DataFrame | None = None) -> Drawing | None:
    """The curves of one grouping, drawn from analysis.cumulative_incidence, with Gray's test where analysis.gray is
    given; None where it has no times.
    """
    part = selection.where(table, endpoint="TTLTP", level="patient", grouping=grouping)
    if part.empty:
        return None
    strata, unknown = selection.known_strata(part)
    part = part[part["stratum"].isin(strata)]
    names = {stratum: labels.stratum(grouping, stratum) for stratum in strata}
    counts = []
    for stratum in strata:
        subjects = selection.where(part, stratum=stratum)
        prefix = "" if len(strata) == 1 else f"{names[stratum]}: "
        counts.append(f"{prefix}{numbers.counted(subjects['n_at_risk'].max(), 'patient')}{_events(subjects)}")
    note = "; ".join(counts) + "." + (f" {unknown} of unknown status are not drawn." if unknown else "")
    name, title = f"cif-{grouping}".replace("_", "-"), f"Cumulative incidence of {caption}."
    if float(part["estimate"].fillna(0).max()) == 0:
        return Drawing(None, name, title, "", f"Not drawn: no event so far. {note}")
    alt = f"Cumulative incidence curves of {caption}. {note}"
    test = {} if gray is None else _gray(gray, "patient", grouping, CAUSE_LTP)
    p = numbers.p_equals(test.get("p_value"))
    figure = incidence_figure(part, labels=names, annotation=f"Gray's test, LTP: {p}" if p else "")
    note += checks.below_figure("Gray's test", test)
    return Drawing(figure, name, title, alt, note, _curves(part, strata))


def _curves(rows: pd.DataFrame, strata: list[str]) -> frozenset[Hashable]:
    """Return what the curves that rise are drawn from."""
    if "n_events" not in rows.columns:
        return frozenset()
    parts = (own for stratum in strata for _, own in selection.parts(selection.where(rows, stratum=stratum), "cause"))
    return frozenset(curve_of(own) for own in parts if own["n_events"].sum() > 0)


def _events(subjects: pd.DataFrame) -> str:
    """', 13 LTP, 5 deaths' where the table carries counts of events."""
    if "n_events" not in subjects.columns:
        return ""
    counts = {
        cause: int(subjects.loc[subjects["cause"] == cause, "n_events"].sum()) for cause in (CAUSE_LTP, CAUSE_DEATH)
    }
    return f", {counts[CAUSE_LTP]} LTP, {numbers.counted(counts[CAUSE_DEATH], 'death')} without LTP"


def _gray(gray: pd.DataFrame, level: str, grouping: str, cause: int) -> dict[str, Any]:
    """Gray's test of one cause between the groups; empty where there is none."""
    rows = selection.records(selection.where(gray, endpoint="TTLTP", level=level, grouping=grouping))
    return next((row for row in rows if not numbers.is_missing(row["cause"]) and int(row["cause"]) == cause), {})


def _sentence(rows: pd.DataFrame, gray: pd.DataFrame) -> str:
    """'The cumulative incidence of LTP at 12 months was 15.2 (9.6-22.1) % in all patients, ...' or ''."""
    own = rows[(rows["cause"].astype(int) == CAUSE_LTP) & (rows["grouping"].isin(["overall", "kras"]))]
    said, missing = [], []
    for (grouping, stratum), part in selection.parts(own, "grouping", "stratum"):
        if stratum == selection.UNKNOWN:
            continue
        row = landmarks.on_curve(part.sort_values("time_months"), primary.LANDMARK_MONTHS)
        name = "all patients" if grouping == "overall" else labels.group(grouping, stratum)
        if why := landmarks.why_not_said(row):
            missing.append(f"{name} ({why})")
        else:
            said.append(f"{landmarks.share(row)} {'in' if grouping == 'overall' else 'with'} {name}")
    p = checks.of_test(_gray(gray, "patient", "kras", CAUSE_LTP))
    test = f" (Gray's test by KRAS: {p})" if p else ""
    when = f"at {primary.LANDMARK_MONTHS} months"
    text = f"The cumulative incidence of LTP {when} was {', '.join(said)}{test}. " if said else ""
    return text + (f"Not given {when}: {', '.join(missing)}. " if missing else "")


def _command(content: ReportContent) -> str:
    """Return what prints every row: a release holds curves in its database alone; a cohort has them as files, and so
    has what leaves under disclosure control.
    """
    if content.selection or content.disclosure:
        return ""
    release_id = content.release_id
    return f'registry query "FROM analysis.cumulative_incidence" --format csv --release {release_id}'


def _table(rows: pd.DataFrame, gray: pd.DataFrame, numbering: Numbering, command: str) -> DataTable:
    months = [month for month in LANDMARKS_MONTHS if float(rows["time_months"].max()) >= month]
    lines: list[Row] = []
    footnotes = Footnotes()
    shown = rows[rows["grouping"].isin(TABLE_GROUPINGS)]
    for (level,), by_level in selection.parts(shown, "level"):
        lines.append(Row([labels.level(level).capitalize()], is_group=True))
        for (grouping, stratum, cause), part in selection.parts(by_level, "grouping", "stratum", "cause"):
            ordered = part.sort_values("time_months")
            name = f"{labels.group(grouping, stratum)}: {CAUSE_NAMES.get(int(float(cause)), cause)}"
            events = numbers.count(ordered["n_events"].sum()) if "n_events" in ordered else numbers.MISSING
            test = _gray(gray, level, grouping, int(float(cause)))
            is_first = stratum == selection.distinct(selection.where(by_level, grouping=grouping), "stratum")[0]
            cells: list[Cell | str] = [
                name,
                numbers.count(ordered["n_at_risk"].max()),
                events,
                *(landmarks.cell(landmarks.on_curve(ordered, month), footnotes) for month in months),
                Cell(numbers.p_value(test.get("p_value")), footnotes.mark(_remark(test))) if test and is_first else "",
            ]
            lines.append(Row(cells))
    columns = [Column("Group and event"), Column("n", True), Column("Events", True)]
    columns += [*(Column(f"{month} months", True) for month in months), Column("p, Gray", True)]
    notes = (
        f"{landmarks.IN_BRACKETS} – : the group's follow-up ends earlier. Death: death without LTP. Per lesion: "
        "descriptive, as lesions of one patient are not independent. "
        "Other groups are in analysis.cumulative_incidence.",
    )
    spans = [("", 3), ("Cumulative incidence, % (95 % CI) at", len(months)), ("", 1)] if months else []
    caption = "Cumulative incidence of LTP and of death at fixed times."
    source = "cumulative_incidence"
    return DataTable(
        numbering.table(), caption, columns, lines, notes, footnotes.items(), spans, source=source, command=command
    )


def _remark(test: dict[str, Any]) -> str:
    """Return the test's note without what the table's own note says."""
    parts = labels.remark(test.get("note")).split("; ")
    return "; ".join(part for part in parts if part and "not independent" not in part)
