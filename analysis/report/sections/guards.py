"""Section: what was checked of every endpoint and model, and what was found."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.report import labels, numbers
from analysis.report.blocks import Block, Cell, Column, DataTable, Numbering, Paragraph, Row, Section
from analysis.report.content import ReportContent
from analysis.report.sections import checks, selection

ANCHOR, TITLE = "guards", "What was checked"
GENES = ("kras", "nras", "braf", "ras")
OF_TESTS = {"events to test": "events", "expected events, smallest group": "expected"}
NAMED = {
    "by_site": "within sites",
    "cause_specific": "cause-specific",
    "kras_by_subgroup": "KRAS alone",
    "landmark_90d": "from day 90 on",
    "last_scan": "late deaths censored at the last scan",
    "ltp_study_profile": "profile likelihood",
    "ltpfs_mutation": "mutation as one factor",
    "since_adequate_exam": "from the first adequate exam on",
}
"""Names for models that endpoint, cohort and method alone cannot distinguish."""
CAUSES = {"1": ", the event", "2": ", what competes"}
COUNTED = ("caution", "unreliable", "not estimable", "not applicable")
"""The states other than ok, in the order they are listed; together with ok they add up to all checks."""
TONES = {"caution": "heat1", "unreliable": "heat2", "not estimable": "heat2"}


def build(content: ReportContent, numbering: Numbering) -> Section:
    """A table of endpoints and one of models; a sentence where nothing was checked."""
    frame = content.table("guards")
    if frame.empty:
        return Section(ANCHOR, TITLE, [Paragraph("There was nothing to check yet.")])
    states = [numbers.text(state) for state in frame["state"]]
    counts = [f"{states.count(s)} {s}" for s in COUNTED if s in states]
    found = ", ".join([f"{states.count('ok')} passed", *counts])
    text = f"{len(states)} checks: {found}. Read each shaded or marked check together with its estimate."
    blocks: list[Block] = [Paragraph(text)]
    cohorts = selection.where(frame, model="")
    is_test = frame["guard"].isin(list(OF_TESTS))
    models = frame[(frame["model"].map(numbers.text) != "") & ~is_test]
    if len(cohorts):
        blocks.append(_cohorts(cohorts, numbering))
    if len(models):
        blocks.append(_models(models, numbering, repeats_study=not content.selection))
    if is_test.any():
        blocks += _tests(frame[is_test], numbering)
    return Section(ANCHOR, TITLE, blocks)


def _cohorts(frame, numbering: Numbering) -> DataTable:  # type: ignore[no-untyped-def]
    lines = []
    for (endpoint, level), part in selection.parts(frame, "endpoint", "level"):
        rows = selection.records(part)
        unknown = {row["term"]: row for row in rows if row["guard"] == "share of unknown genotype"}
        mature = next((row for row in rows if row["guard"] == "maturity of follow-up"), {})
        cells: list[Cell | str] = [
            f"{labels.endpoint(endpoint)}, {labels.level(level)}",
            numbers.count(rows[0].get("n")),
        ]
        cells += [numbers.count(rows[0].get("n_events")), _share(mature)]
        cells += [_share(unknown.get(gene, {})) for gene in GENES]
        lines.append(Row(cells))
    columns = [Column("Endpoint"), Column("n", True), Column("Events", True), Column("Mature, %", True)]
    columns += [Column(labels.grouping(gene), True) for gene in GENES]
    spans = [("", 4), ("Unknown, %", len(GENES))]
    notes = ("Mature: followed for 12 months or to an earlier event; shaded below 50 %. Unknown: shaded above 10 %.",)
    return DataTable(
        numbering.table(), "Follow-up and genotypes, by endpoint.", columns, lines, notes, (), spans, source="guards"
    )


def _share(row: dict[str, Any]) -> Cell:
    return Cell(numbers.percent(row.get("estimate")), tone=TONES.get(numbers.text(row.get("state")), "heat0"))


def _models(frame, numbering: Numbering, *, repeats_study: bool) -> DataTable:  # type: ignore[no-untyped-def]
    lines = []
    names = ("endpoint", "level", "model", "cohort", "analysis", "grouping", "stratum", "period", "term", "note")
    for key, part in selection.parts(frame, *names):
        endpoint, level, model, cohort, analysis, grouping, stratum, period, term, note = key
        found = {row["guard"]: row for row in selection.records(part)}
        first = next(iter(found.values()))
        group = "" if grouping in ("", "overall") else f", {labels.group(grouping, stratum)}"
        name = f"{labels.endpoint(endpoint)}, {labels.level(level)}; {labels.cohort_label(cohort)}{group}"
        of_term = labels.grouping(term) if analysis == "univariable" or period else ""
        how = ", ".join(part for part in (note.split(",")[0], NAMED.get(model, ""), analysis, of_term, period) if part)
        cells: list[Cell | str] = [name, how, numbers.count(first.get("n"))]
        cells.append(numbers.count(first.get("n_events")))
        epv = found.get("events per variable", {})
        tone = TONES.get(numbers.text(epv.get("state")), "heat0")
        cells.append(Cell(checks.events_per_variable(epv.get("estimate")), tone=tone))
        if first.get("n_events") == 0:
            found = {}  # nothing was fitted that could converge or separate
        cells += [_yes(found.get("convergence", {}), "yes", "no"), _yes(found.get("separation", {}), "none", "present")]
        hazards = found.get("proportional hazards, smallest p", {})
        tone = TONES.get(numbers.text(hazards.get("state")), "heat0")
        cells.append(Cell(numbers.p_value(hazards.get("estimate")), tone=tone))
        lines.append(Row(cells))
    columns = [Column("Model of"), Column("Method"), Column("n", True), Column("Events", True)]
    columns += [Column("Events per variable", True), Column("Converged"), Column("Separation")]
    columns.append(Column("p, PH", True))
    few = "unreliable, shown only where a published model is repeated" if repeats_study else "not shown"
    notes = (
        f"Events per variable: below 10, read with caution; below 5, {few} (Peduzzi 1995; "
        "Vittinghoff 2007). p, PH: smallest p of the terms' tests of proportional hazards.",
    )
    return DataTable(numbering.table(), "Checks of models.", columns, lines, notes, source="guards")


def _tests(frame: pd.DataFrame, numbering: Numbering) -> list[Block]:
    """Count the tests with enough events, and list those that have no p-value."""
    lines: list[Row] = []
    n_tests = n_caution = 0
    for key, part in selection.parts(frame, "endpoint", "level", "model", "grouping", "cause"):
        endpoint, level, method, grouping, cause = key
        found = {row["guard"]: row for row in selection.records(part)}
        states = {numbers.text(row.get("state")) for row in found.values()}
        n_tests, n_caution = n_tests + 1, n_caution + (states == {"ok", "caution"})
        if "not estimable" not in states:
            continue
        events, expected = (found.get(guard, {}) for guard in OF_TESTS)
        name = f"{labels.endpoint(endpoint)}, {labels.level(level)}; by {labels.grouping(grouping)}"
        cells: list[Cell | str] = [name, f"{method}{CAUSES.get(cause.split('.')[0], '')}"]
        cells += [numbers.count(events.get("n")), numbers.count(events.get("n_events"))]
        smallest: Any = expected.get("estimate")
        cells.append(numbers.MISSING if numbers.is_missing(smallest) else f"{float(smallest):.1f}")
        lines.append(Row(cells))
    text = (
        f"{n_tests} tests between groups, of patients and of lesions: {len(lines)} have no p-value, because there "
        f"are fewer than 5 events, or fewer than 1 is expected in a group; {n_caution} should be read with caution, "
        "because fewer than 5 are expected in a group."
    )
    if not lines or 2 * len(lines) > n_tests:  # none, or most: the sentence says it
        return [Paragraph(text)]
    columns = [Column("Test of"), Column("Method"), Column("n", True), Column("Events", True)]
    columns.append(Column("Expected in the smallest group", True))
    caption = "Tests between groups without a p-value."
    return [Paragraph(text), DataTable(numbering.table(), caption, columns, lines, source="guards")]


def _yes(row: dict[str, Any], good: str, bad: str) -> Cell:
    if numbers.is_missing(row.get("estimate")) or row.get("state") == "not applicable":
        return Cell(numbers.MISSING)
    return Cell(bad, tone="heat2") if float(row["estimate"]) else Cell(good, tone="heat0")
