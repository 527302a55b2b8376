"""The curves of a cohort as the page shows them: a picture with numbers at risk, tests between groups, and a table."""

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from analysis import removals
from analysis.report import labels, numbers
from analysis.report.blocks import Cell, Footnotes
from analysis.report.sections import landmarks, selection
from explore import words
from explore.attributes import attribute_of
from explore.grouped import refuse_many
from explore.state import State
from schemas.cohort_names import EVENTS as DATED
from schemas.thresholds import LANDMARKS_MONTHS
from warehouse.cohorts.attrition import Choice
from warehouse.cohorts.subjects import Question, left_out
from workflows.cohort_estimates.asked import counted
from workflows.cohort_estimates.curves import Curves, Incidences

if TYPE_CHECKING:
    import pandas as pd

DRAWING = threading.Lock()
"""matplotlib's settings belong to the whole process, so one picture is drawn at a time."""
EVENTS = {
    "LTP": "LTP",
    "TTLTP": "LTP",
    "A_LTPFS": "loss of local control",
    "TT_NEWLIVER": "new liver lesion",
    "TTP": "progression",
    "CSS": "death from cancer",
    "STFI": "systemic therapy",
    "TTUP": "untreatable progression",
}
COMPETITORS = {"CSS": "other death"}
OF_INTEREST, COMPETING = 1, 2
UNKNOWN_LEFT_OUT = "{} of unknown status are neither drawn nor compared."


@dataclass(frozen=True)
class Test:
    """A test between the groups: its name, the p-value in words ('' if none is given), and what to know about it."""

    name: str
    p: str
    note: str


@dataclass(frozen=True)
class Shown:
    """Curves in words and pictures; `table` is what is drawn, one row for each group and day. `censored`: what a
    survival curve of it censors where something competes.
    """

    title: str
    svg: str
    tests: tuple[Test, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    footnotes: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    table: "pd.DataFrame"
    competes: bool
    censored: str


def question_of(state: State) -> Question:
    """Return the question that the state asks."""
    return Question(state.endpoint, state.level, state.time_zero)


def shown_curves(con: duckdb.DuckDBPyConnection, choice: Choice, state: State) -> Shown:
    """Return the cohort's curves: cumulative incidence where death competes with the endpoint, unless the state asks
    for survival, which censors it. QueryFailed, in one sentence, if the release has no such endpoint, or too many
    groups.
    """
    found = counted(con, choice, question_of(state), state.by)
    curves, incidences = Curves(found), Incidences(found)
    is_incidence = found.competes and not state.is_survival
    table = incidences.table if is_incidence else curves.table
    strata = selection.distinct(table, "stratum")
    refuse_many(state.by, state.view, len(strata))
    names = {stratum: stratum_name(state, stratum) for stratum in strata}
    censored = removals.censored(found.frame["event"])
    tests = _tests(curves, incidences if found.competes else None, censored) if state.by else ()
    own = table[table["cause"] == OF_INTEREST] if is_incidence and not table.empty else table
    columns, rows, footnotes = _summary(own, None if is_incidence else curves.summary, names)
    title = _title(state, is_incidence, censored)
    drawn, unknown = selection.known_strata(table)
    svg = _drawn(table[table["stratum"].isin(drawn)], state, is_incidence, names, title, tests)
    return Shown(
        title,
        svg,
        tests,
        columns,
        rows,
        footnotes,
        _notes(con, choice, state, table, unknown),
        table,
        found.competes,
        censored,
    )


def stratum_name(state: State, stratum: str) -> str:
    """Return a group in words."""
    if state.by is None:
        return "All"
    if isinstance(state.by.categories, list):
        return "Unknown" if stratum == selection.UNKNOWN else stratum.replace(">=", "≥")
    if stratum == selection.UNKNOWN:
        return "Unknown"
    return words.value(state.by.column, stratum)


def _title(state: State, is_incidence: bool, censored: str) -> str:
    what = labels.endpoint(state.endpoint)
    if is_incidence:
        what = f"Cumulative incidence of {EVENTS.get(state.endpoint, 'the event')}"
    elif state.endpoint in EVENTS:
        what = f"Free of {EVENTS[state.endpoint]}, {censored}"
    by = f" by {attribute_of(state.view, state.by.column).label}" if state.by else ""
    return f"{what}, {labels.level(state.level)}{by}"


def _notes(
    con: duckdb.DuckDBPyConnection, choice: Choice, state: State, table: "pd.DataFrame", unknown: int
) -> tuple[str, ...]:
    own = list(dict.fromkeys(labels.remark(note) for note in table["note"].unique() if note)) if len(table) else []
    said = [f"{note[:1].upper()}{note[1:]}." for whole in own for note in whole.split("; ")]
    if unknown:
        said.append(UNKNOWN_LEFT_OUT.format(f"{unknown:,}"))
    n_left = left_out(con, choice, question_of(state))
    if n_left:
        said.append(f"{words.counted(n_left, state.level)} without follow-up time left out.")
    return tuple(dict.fromkeys(said))


def _tests(curves: Curves, incidences: Incidences | None, censored: str) -> tuple[Test, ...]:
    found = []
    if incidences is not None:
        for row in selection.records(incidences.gray):
            if int(row["cause"]) == OF_INTEREST:
                found.append(_test("Gray's test", row))
    name = "Log-rank test" if incidences is None else f"Log-rank test, {censored}"
    found += [_test(name, row) for row in selection.records(curves.logrank)]
    return tuple(found)


def _test(name: str, row: dict) -> Test:
    note = labels.remark(row.get("note"))
    return Test(name, numbers.p_equals(row.get("p_value")), f"{note[:1].upper()}{note[1:]}." if note else "")


def _summary(
    table: "pd.DataFrame", summary: "pd.DataFrame | None", names: dict[str, str]
) -> tuple[tuple[str, ...], tuple, tuple]:
    """Return headings and a line for each group: subjects, events, estimates at the landmarks, and the median."""
    last = float(table["time_months"].max()) if len(table) else 0.0
    months = [month for month in LANDMARKS_MONTHS if month <= last]
    columns = ["Group", "n", "Events", *(f"{month} months" for month in months)]
    columns += ["Median, months"] if summary is not None else []
    footnotes, lines = Footnotes(), []
    for (stratum,), part in selection.parts(table, "stratum"):
        cells = [Cell(numbers.count(part["n"].iat[0])), Cell(numbers.count(part["n_events"].sum()))]
        if summary is None:
            ordered = part.sort_values("time_months")
            cells += [landmarks.cell(landmarks.on_curve(ordered, month), footnotes) for month in months]
        else:
            by_quantity = selection.by_quantity(selection.where(summary, stratum=stratum))
            cells += [landmarks.cell(by_quantity.get(f"survival_{month}m", {}), footnotes) for month in months]
            row = by_quantity.get("median_months", {})
            shown = numbers.months_interval(row.get("estimate"), row.get("lower"), row.get("upper"))
            cells.append(Cell("not reached" if shown == numbers.MISSING else shown, _mark(footnotes, row)))
        lines.append((names[stratum], tuple(cells)))
    return tuple(columns), tuple(lines), tuple(footnotes.items())


def _mark(footnotes: Footnotes, row: dict) -> str:
    note = labels.remark(row.get("note"))
    return footnotes.mark("; ".join(part for part in note.split("; ") if part and part != "median not reached"))


def _drawn(
    table: "pd.DataFrame", state: State, is_incidence: bool, names: dict[str, str], title: str, tests: tuple[Test, ...]
) -> str:
    """Return the picture; '' where there is nobody to draw."""
    from analysis.figures.cumulative_incidence import incidence_figure
    from analysis.figures.kaplan_meier import km_figure
    from analysis.figures.render import to_svg

    if table.empty:
        return ""
    said = next((f"{test.name}: {test.p}" for test in tests if test.p), "")
    x_label = f"Months since {DATED.get(state.time_zero, state.time_zero)}"
    counts = "; ".join(f"{names[s]}: {numbers.count(p['n'].iat[0])}" for (s,), p in selection.parts(table, "stratum"))
    alt = f"{title}. {counts}. {said}"
    with DRAWING:
        if is_incidence:
            causes = {
                OF_INTEREST: EVENTS.get(state.endpoint, "event"),
                COMPETING: COMPETITORS.get(state.endpoint, "death"),
            }
            figure = incidence_figure(table, labels=names, cause_labels=causes, x_label=x_label, annotation=said)
        else:
            y_label = "Alive, %" if state.endpoint == "OS" else "Event-free, %"
            figure = km_figure(table, labels=names, x_label=x_label, y_label=y_label, annotation=said)
        return to_svg(figure, "curve", alt)
