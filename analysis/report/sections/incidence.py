"""Section: cumulative incidence of LTP with death as a competing event."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

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
from analysis.report.figure_block import Drawing, curve_of, file_name, on_page
from analysis.report.sections import checks, landmarks, selection
from schemas.thresholds import LANDMARKS_MONTHS

DEATH = "death"


class Incidence(NamedTuple):
    """One figure: what is drawn, and in words what has happened to whom."""

    grouping: str
    caption: str
    endpoint: str = "TTLTP"
    level: str = "patient"
    since: str = "first ablation"
    event: str = "LTP"
    competitor: str = DEATH

    @property
    def name(self) -> str:
        """Return the name of its files."""
        endpoint = "" if self.endpoint == "TTLTP" else f"-{self.endpoint}"
        level = "" if self.level == "patient" else f"-{self.level}"
        return file_name(f"cif{endpoint}{level}-{self.grouping}")


CURVES = (
    Incidence("overall", "LTP, and death without LTP, all patients"),
    Incidence("kras", "LTP, and death without LTP, by KRAS"),
)
TABLE_GROUPINGS = ("overall", "kras", "diameter_ge_30")
"""Groupings in the page's table; the release's table holds every one."""


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
    drawings = [drawing(one, both_levels, gray) for one in CURVES]
    drawn = [on_page(found, numbering) for found in drawings if found is not None]
    if drawn:
        blocks.append(FigureGrid(drawn))
    shown = both_levels[both_levels["grouping"].isin(TABLE_GROUPINGS)]
    others = "Other groups are in analysis.cumulative_incidence."
    blocks.append(incidence_table(shown, gray, numbering, command=_command(content), notes=(others,)))
    return Section("incidence", title, blocks)


def drawing(one: Incidence, table: pd.DataFrame, gray: pd.DataFrame | None = None) -> Drawing | None:
    """The curves of one grouping, drawn from analysis.cumulative_incidence, with Gray's test where analysis.gray is
    given; None where it has no times.
    """
    part = selection.where(table, endpoint=one.endpoint, level=one.level, grouping=one.grouping)
    if part.empty:
        return None
    strata, unknown = selection.known_strata(part)
    part = part[part["stratum"].isin(strata)]
    names = {stratum: labels.stratum(one.grouping, stratum) for stratum in strata}
    counts = []
    for stratum in strata:
        subjects = selection.where(part, stratum=stratum)
        prefix = "" if len(strata) == 1 else f"{names[stratum]}: "
        counts.append(f"{prefix}{numbers.counted(subjects['n_at_risk'].max(), one.level)}{_events(subjects, one)}")
    note = "; ".join(counts) + "." + (f" {unknown} of unknown status are not drawn." if unknown else "")
    title = f"Cumulative incidence of {one.caption}."
    if float(part["estimate"].fillna(0).max()) == 0:
        return Drawing(None, one.name, title, "", f"Not drawn: no event so far. {note}")
    alt = f"Cumulative incidence curves of {one.caption}. {note}"
    test = {} if gray is None else gray_of(gray, one.endpoint, one.level, one.grouping, CAUSE_LTP)
    p = numbers.p_equals(test.get("p_value"))
    words = {"annotation": f"Gray's test, {one.event}: {p}" if p else "", "x_label": f"Months since {one.since}"}
    figure = incidence_figure(
        part, labels=names, cause_labels={CAUSE_LTP: one.event, CAUSE_DEATH: one.competitor}, **words
    )
    note += checks.below_figure("Gray's test", test)
    return Drawing(figure, one.name, title, alt, note, _curves(part, strata))


def _curves(rows: pd.DataFrame, strata: list[str]) -> frozenset[Hashable]:
    """Return what the curves that rise are drawn from."""
    if "n_events" not in rows.columns:
        return frozenset()
    parts = (own for stratum in strata for _, own in selection.parts(selection.where(rows, stratum=stratum), "cause"))
    return frozenset(curve_of(own) for own in parts if own["n_events"].sum() > 0)


def _events(subjects: pd.DataFrame, one: Incidence) -> str:
    """', 13 LTP, 5 deaths' where the table carries counts of events."""
    if "n_events" not in subjects.columns:
        return ""
    counts = {
        cause: int(subjects.loc[subjects["cause"] == cause, "n_events"].sum()) for cause in (CAUSE_LTP, CAUSE_DEATH)
    }
    before = f" without {one.event}" if one.competitor == DEATH else ""
    return f", {counts[CAUSE_LTP]} {one.event}, {numbers.counted(counts[CAUSE_DEATH], one.competitor)}{before}"


def gray_of(gray: pd.DataFrame, endpoint: str, level: str, grouping: str, cause: int) -> dict[str, Any]:
    """Gray's test of one cause between the groups; empty where there is none."""
    rows = selection.records(selection.where(gray, endpoint=endpoint, level=level, grouping=grouping))
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
    p = checks.of_test(gray_of(gray, "TTLTP", "patient", "kras", CAUSE_LTP))
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


def incidence_table(
    rows: pd.DataFrame,
    gray: pd.DataFrame,
    numbering: Numbering,
    *,
    event: str = "LTP",
    competitor: str = DEATH,
    command: str = "",
    notes: Sequence[str] = (),
) -> DataTable:
    """Return a table of these curves at fixed times, with Gray's tests; `command` prints all rows where no file has
    them.
    """
    months = [month for month in LANDMARKS_MONTHS if float(rows["time_months"].max()) >= month]
    lines: list[Row] = []
    footnotes = Footnotes()
    causes = {CAUSE_LTP: event, CAUSE_DEATH: competitor}
    for (endpoint, level), by_level in selection.parts(rows, "endpoint", "level"):
        lines.append(Row([labels.level(level).capitalize()], is_group=True))
        for (grouping, stratum, cause), part in selection.parts(by_level, "grouping", "stratum", "cause"):
            ordered = part.sort_values("time_months")
            name = f"{labels.group(grouping, stratum)}: {causes.get(int(float(cause)), cause)}"
            events = numbers.count(ordered["n_events"].sum()) if "n_events" in ordered else numbers.MISSING
            test = gray_of(gray, endpoint, level, grouping, int(float(cause)))
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
    levels = selection.distinct(rows, "level")
    said = f"{landmarks.IN_BRACKETS} – : the group's follow-up ends earlier."
    said += f" Death: death without {event}." if competitor == DEATH else ""
    if "lesion" in levels:
        said += " Per lesion: descriptive, as lesions of one patient are not independent."
    spans = [("", 3), ("Cumulative incidence, % (95 % CI) at", len(months)), ("", 1)] if months else []
    caption = f"Cumulative incidence of {event} and of {competitor} at fixed times."
    own, source = [" ".join((said, *notes))], "cumulative_incidence"
    return DataTable(
        numbering.table(), caption, columns, lines, own, footnotes.items(), spans, source=source, command=command
    )


def _remark(test: dict[str, Any]) -> str:
    """Return the test's note without what the table's own note says."""
    parts = labels.remark(test.get("note")).split("; ")
    return "; ".join(part for part in parts if part and "not independent" not in part)
