"""Section: the effect of KRAS in subgroups, with tests of interaction, as a forest plot and a table."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.figures.forest import ForestRow, forest_figure
from analysis.report import labels, numbers
from analysis.report.blocks import Block, Cell, Column, DataTable, Footnotes, Numbering, Paragraph, Row, Section
from analysis.report.content import ReportContent
from analysis.report.figure_block import Drawing, on_page
from analysis.report.sections import checks, selection
from schemas.thresholds import ALPHA, EVENTS_PER_VARIABLE_WARN

ANCHOR, TITLE = "subgroups", "Subgroups"
NOTES = (
    "Each ratio is that of a Cox model in the subgroup alone. p, interaction: likelihood-ratio test of whether the "
    "effect differs between the subgroups. Read that test, not which intervals cross 1: subgroups are small, and among "
    "many, one will look different by chance.",
)


def build(content: ReportContent, numbering: Numbering) -> Section:
    """Build the forest plot, then the table with the tests; a sentence if no ratio could be estimated."""
    frame = content.table("subgroups")
    ratios = selection.where(frame, quantity="hazard_ratio")
    if ratios.empty:
        return Section(ANCHOR, TITLE, [Paragraph("There are no subgroups to compare yet.")])
    tests = _tests(frame)
    blocks: list[Block] = [Paragraph(_sentence(tests))]
    rows = selection.records(ratios)
    found = drawing(frame, content.table("guards"))
    if found is None:
        blocks.append(Paragraph("No subgroup has enough events for a hazard ratio, so there is no forest plot."))
    else:
        blocks.append(on_page(found, numbering))
    blocks.append(_table(rows, tests, numbering))
    return Section(ANCHOR, TITLE, blocks)


def drawing(frame: pd.DataFrame, guards: pd.DataFrame | None = None) -> Drawing | None:
    """The forest plot of analysis.subgroups; None without a ratio. `guards`, analysis.guards, says how mature it is."""
    rows = selection.records(selection.where(frame, quantity="hazard_ratio"))
    try:
        figure = forest_figure(_forest_rows(rows, _tests(frame)), "Hazard ratio of KRAS mutant, log scale")
    except ValueError:
        return None
    alt = "Forest plot of the hazard ratio of KRAS by subgroup: " + "; ".join(
        f"{labels.group(row['grouping'], row['stratum'])} {numbers.ratio_interval(*selection.share_of(row))}"
        for row in rows
    )
    caption = "Hazard ratio of KRAS mutant versus wild-type in subgroups. Right of 1: more events with mutant."
    endpoint = numbers.text(rows[0].get("endpoint"))
    mature = "" if guards is None else checks.of_cohort(guards, endpoint, "patient")
    note = f"{labels.endpoint(endpoint)}, per patient. {mature}"
    return Drawing(figure, "forest-subgroups", caption, f"{alt}.", note)


def _tests(frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """The test of interaction of each grouping."""
    return {row["grouping"]: row for row in selection.records(selection.where(frame, quantity="interaction_chi2"))}


def _sentence(tests: dict[str, dict[str, Any]]) -> str:
    known = {name: row["p_value"] for name, row in tests.items() if not numbers.is_missing(row.get("p_value"))}
    if not known:
        return "No interaction of KRAS with another factor could be tested: too few events, or none in a combination."
    said = ", ".join(
        f"{labels.grouping(name)} {numbers.p_equals(p)}{_caution(tests[name])}" for name, p in known.items()
    )
    small = [labels.grouping(name) for name, p in known.items() if float(p) < ALPHA]
    read = (
        f"A small p-value ({', '.join(small)}) is a hint to examine in other patients, not a finding."
        if small
        else "That none is small does not show that the effect is the same everywhere."
    )
    return f"Exploratory, and not adjusted for their number: tests of interaction of KRAS with {said}. {read}"


def _caution(test: dict[str, Any]) -> str:
    """' (7.0 events per variable)' where the test rests on few of them."""
    epv = test.get("events_per_variable")
    if numbers.is_missing(epv) or float(epv) >= EVENTS_PER_VARIABLE_WARN:  # type: ignore[arg-type]
        return ""
    return f" ({float(epv):.1f} events per variable)"  # type: ignore[arg-type]


def _forest_rows(rows: list[dict[str, Any]], tests: dict[str, dict[str, Any]]) -> list[ForestRow]:
    found: list[ForestRow] = []
    last = ""
    for row in rows:
        grouping = row["grouping"]
        if grouping != last and grouping != "overall":
            p = numbers.p_equals(tests.get(grouping, {}).get("p_value"))
            name = labels.grouping(grouping)
            note = f"interaction {p}" if p else ""
            found.append(ForestRow(name[:1].upper() + name[1:], is_heading=True, note=note))
        last = grouping
        estimate, lower, upper = (None if value is None else float(value) for value in selection.share_of(row))
        events = (
            f"{labels.stratum(grouping, row['stratum'])} ({numbers.count(row['n_events'])}/{numbers.count(row['n'])})"
        )
        why = "not shown" if "not shown" in numbers.text(row.get("note")) else "not estimated"
        found.append(ForestRow(events, estimate, lower, upper, note=why))
    return found


def _table(rows: list[dict[str, Any]], tests: dict[str, dict[str, Any]], numbering: Numbering) -> DataTable:
    footnotes = Footnotes()
    lines: list[Row] = []
    last = ""
    for row in rows:
        grouping = row["grouping"]
        test = tests.get(grouping, {}) if grouping != last else {}
        last = grouping
        mark = footnotes.mark(labels.remark(row.get("note")))
        cells: list[Cell | str] = [labels.group(grouping, row["stratum"]), numbers.count(row.get("n"))]
        cells += [numbers.count(row.get("n_events")), checks.events_per_variable(row.get("events_per_variable"))]
        cells += [Cell(numbers.ratio_interval(*selection.share_of(row)), mark), numbers.p_value(row.get("p_value"))]
        of_test = footnotes.mark(labels.remark(test.get("note"))) if test else ""
        cells.append(Cell(numbers.p_value(test.get("p_value")), of_test) if test else "")
        lines.append(Row(cells))
    columns = [Column("Subgroup"), Column("n", True), Column("Events", True), Column("Events per variable", True)]
    columns += [Column("Hazard ratio (95 % CI)", True), Column("p", True), Column("p, interaction", True)]
    caption = "KRAS mutant versus wild-type in subgroups, with tests of interaction."
    return DataTable(numbering.table(), caption, columns, lines, NOTES, footnotes.items(), source="subgroups")
