"""Section: each site over time and beside the others: control charts, funnels, run-in, thresholds of sites' own.

It shows counts and shares, no patient.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from analysis.estimates.funnel_limits import Centre
from analysis.figures.control_chart import Chart, control_chart_figure
from analysis.figures.funnel import funnel_figure
from analysis.report import numbers
from analysis.report.blocks import (
    Block,
    Cell,
    Column,
    DataTable,
    FigureBlock,
    FigureGrid,
    Heading,
    Numbering,
    Paragraph,
    Row,
    Section,
)
from analysis.report.content import ReportContent
from analysis.report.figure_block import figure_block, file_name
from analysis.report.sections import selection
from schemas.measures import MEASURES, Measure
from schemas.thresholds import (
    FEW_IN_QUARTER,
    FUNNEL_LIMITS,
    FUNNEL_QUARTERS,
    MIN_CHART_QUARTERS,
    MIN_FUNNEL_CENTRES,
    RUN_LENGTH,
)

TITLE = "Sites over time"
MAX_SITES = 6
"""Most sites in the table of newest quarters; those that drift come first."""
CHARTED_SITES = 2
"""Most sites whose charts are drawn."""
SIGNALS = {"beyond": "beyond the limits", "run": f"{RUN_LENGTH} or more on one side"}
STATES = {"expired": "expired: the rule's own counts", "unused": "no rule in force"}
CHARTS = (
    "The center is the site's own share over its complete quarters after the run-in, but for the newest; limits are "
    "three standard deviations around it (p-chart). Hollow: not judged, in the run-in or not complete. A diamond is a "
    f"signal: beyond the limits, or at least the {RUN_LENGTH}th quarter in a row on one side. Fewer than "
    f"{MIN_CHART_QUARTERS} complete quarters give no limits. Quarters are those of the patient's first ablation; for "
    "rows set aside, of the delivery's extract date."
)
FUNNELS = (
    f"Each centre's newest {FUNNEL_QUARTERS} complete quarters after its run-in. Limits: exact binomial, "
    f"{100 * FUNNEL_LIMITS[0]:g} % (dashed) and {100 * FUNNEL_LIMITS[1]:g} %, around the share of all centres; a "
    "diamond is outside the wider. Case mix, and variation between centres beyond chance, are not taken into account."
)


def build(content: ReportContent, numbering: Numbering) -> Section:
    """Build charts, funnels, and what the sites' site.toml say; a sentence where there is nothing."""
    charts = content.control_charts
    blocks: list[Block] = [Paragraph(_run_in(content.run_in))]
    if charts.empty:
        blocks.append(Paragraph("There is no quarter to chart yet."))
    else:
        sites = _in_order(charts)
        blocks += [_newest(charts, sites, numbering), *_drawn(charts, sites, numbering)]
        blocks += [Heading("Centres beside each other"), *_funnels(charts, numbering)]
    blocks += [Heading("Thresholds of sites' own"), _thresholds(content.thresholds, numbering)]
    return Section("control", TITLE, blocks)


def _run_in(frame: pd.DataFrame) -> str:
    """Say which sites are new, so that no rule counts as failed there and no share as a signal."""
    rows = [row for row in selection.records(frame) if row["is_run_in"]]
    if not rows:
        return "No site is in its run-in."
    named = ", ".join(f"{row['site']} (until {row['ends']})" for row in rows)
    is_one = len(rows) == 1
    return (
        f"In {'its' if is_one else 'their'} run-in: {named}. Rules do not count as failed there, and shares are not "
        "judged until it ends."
    )


def _in_order(charts: pd.DataFrame) -> list[str]:
    """Return the sites, those that drift first."""
    drifting = set(charts.loc[charts["is_drift"].astype(bool), "site"])
    return sorted(selection.distinct(charts, "site"), key=lambda site: (site not in drifting, site))


def _newest(charts: pd.DataFrame, sites: Sequence[str], numbering: Numbering) -> DataTable:
    lines: list[Row] = []
    for site in sites[:MAX_SITES]:
        lines.append(Row([site], is_group=True))
        for name, measure in MEASURES.items():
            own = charts[(charts["site"] == site) & (charts["measure"] == name)]
            if len(own):
                lines.append(_newest_row(measure, own))
    columns = [Column("Share"), Column("Quarter"), Column("Of", True), Column("%", True), Column("Center", True)]
    columns += [Column("Limits", True), Column("Signal")]
    notes = [CHARTS]
    more = len(sites) - MAX_SITES
    notes += [f"{more:,} more sites are in quality.control_charts."] if more > 0 else []
    caption = "The newest complete quarter of each share, by site."
    return DataTable(numbering.table(), caption, columns, lines, notes)


def _newest_row(measure: Measure, own: pd.DataFrame) -> Row:
    judged = own[own["is_complete"].astype(bool) & ~own["is_run_in"].astype(bool)]
    if judged.empty:
        why = "in the run-in" if own["is_run_in"].astype(bool).any() else "no complete quarter"
        return Row([measure.label, Cell(why, tone="soft"), *[numbers.MISSING] * 4, ""])
    row = selection.records(judged.tail(1))[0]
    has_limits = not numbers.is_missing(row["lower_limit"])
    limits = f"{numbers.percent(row['lower_limit'])}–{numbers.percent(row['upper_limit'])}" if has_limits else ""
    return Row(
        [
            measure.label,
            row["quarter"],
            f"{numbers.count(row['n_of'])} {measure.unit}",
            numbers.percent(row["share"]),
            numbers.percent(row["center"]),
            limits or numbers.MISSING,
            _signal(row, len(judged)),
        ]
    )


def _signal(row: dict[str, Any], n_judged: int) -> Cell:
    """Say what the newest quarter is, or why it says little: too few quarters or cases."""
    if numbers.is_missing(row["center"]):
        return Cell(f"{n_judged} of {MIN_CHART_QUARTERS} quarters", tone="soft")
    few = f"few (below {FEW_IN_QUARTER})" if row["n_of"] < FEW_IN_QUARTER else ""
    said = "; ".join(filter(None, (SIGNALS.get(row["signal"], ""), few)))
    return Cell(said, tone="bad" if row["is_drift"] else "soft" if few else "")


def _drawn(charts: pd.DataFrame, sites: Sequence[str], numbering: Numbering) -> list[Block]:
    """Draw the charts of the first sites that have limits."""
    has_limits = set(charts.loc[charts["center"].notna(), "site"])
    drawn = [site for site in sites if site in has_limits][:CHARTED_SITES]
    return [_site_figure(charts, site, numbering) for site in drawn]


def _site_figure(charts: pd.DataFrame, site: str, numbering: Numbering) -> FigureBlock:
    own = charts[charts["site"] == site]
    with_limits = [name for name in MEASURES if own.loc[own["measure"] == name, "center"].notna().any()]
    drawn = [chart_of(MEASURES[name].label, own[own["measure"] == name]) for name in with_limits]
    quarters = sorted(own.loc[own["measure"].isin(with_limits), "quarter"], key=_number)
    figure = control_chart_figure(drawn, quarters[0], quarters[-1])
    n_signals = int((own["signal"] != "").sum())
    alt = f"Control charts of {site}, {quarters[0]} to {quarters[-1]}: {', '.join(c.label for c in drawn)}. "
    alt += f"{n_signals} of {len(own)} quarters are signals."
    caption = f"Control charts of {site}, by quarter."
    return figure_block(numbering.figure(), caption, figure, file_name(f"control-{site}"), alt)


def chart_of(label: str, rows: pd.DataFrame) -> Chart:
    """Return the rows of one measure and site, of quality.control_charts, as a chart."""
    center = rows["center"].iloc[0]
    lower, upper = (
        [None if numbers.is_missing(limit) else float(limit) for limit in rows[name]]
        for name in ("lower_limit", "upper_limit")
    )
    return Chart(
        label,
        quarters=[_number(quarter) for quarter in rows["quarter"]],
        shares=[float(share) for share in rows["share"]],
        center=None if numbers.is_missing(center) else float(center),
        lower=lower,
        upper=upper,
        is_judged=list(rows["is_complete"].astype(bool) & ~rows["is_run_in"].astype(bool)),
        is_signal=[bool(signal) for signal in rows["signal"]],
    )


def _number(quarter: str) -> int:
    year, place = quarter.split("-Q")
    return 4 * int(year) + int(place)


def _funnels(charts: pd.DataFrame, numbering: Numbering) -> list[Block]:
    by_measure = {name: centres_of(charts[charts["measure"] == name]) for name in MEASURES}
    enough = {name: centres for name, centres in by_measure.items() if len(centres) >= MIN_FUNNEL_CENTRES}
    if not enough:
        most = max(len(centres) for centres in by_measure.values())
        return [Paragraph(f"A funnel needs {MIN_FUNNEL_CENTRES} centres with complete quarters; there are {most}.")]
    figures = []
    for name, centres in enough.items():
        label, unit = MEASURES[name].label, MEASURES[name].unit
        alt = f"{label} by centre: " + ", ".join(f"{c.name} {c.k} of {c.n}" for c in centres) + "."
        figure = funnel_figure(centres, label, unit)
        caption = f"{label}, by centre."
        figures.append(figure_block(numbering.figure(), caption, figure, file_name(f"funnel-{name}"), alt))
    return [FigureGrid(figures), Paragraph(FUNNELS)]


def centres_of(charts: pd.DataFrame) -> list[Centre]:
    """Return the centres of one measure: cases of their newest complete quarters after the run-in."""
    judged = charts[charts["is_complete"].astype(bool) & ~charts["is_run_in"].astype(bool)]
    newest = [(site[0], rows.tail(FUNNEL_QUARTERS)) for site, rows in selection.parts(judged, "site")]
    return [Centre(site, int(rows["n_with"].sum()), int(rows["n_of"].sum())) for site, rows in newest]


def _thresholds(frame: pd.DataFrame, numbering: Numbering) -> Block:
    if frame.empty:
        return Paragraph("No site.toml states a threshold, so every site is judged by the rules' own.")
    lines = []
    for row in selection.records(frame):
        named = f"{row['rule_id']}: {row['aspect']}" if row["aspect"] else row["rule_id"]
        is_active = row["state"] == "active"
        status = numbers.text(row["status"]) or "nothing to judge"
        lines.append(
            Row(
                [
                    row["site"],
                    named,
                    numbers.text(row["table_name"]),
                    f"{row['threshold_pct']:g}",
                    numbers.MISSING if numbers.is_missing(row["pct"]) else f"{row['pct']:.1f}",
                    Cell(status if is_active else STATES[row["state"]], tone="" if is_active else "bad"),
                    numbers.text(row["until"])[:10] or numbers.MISSING,
                    f"{row['reason']} ({row['set_by']})",
                ]
            )
        )
    columns = [Column("Site"), Column("Rule"), Column("Table"), Column("At most, %", True), Column("Now, %", True)]
    columns += [Column("Status"), Column("Until", is_tight=True), Column("Why, and who decided")]
    notes = (
        "A threshold says which share of the site's rows may break a rule before the rule counts as failed there. It "
        "lets no row through. All sites together are judged by the rule's own threshold.",
    )
    return DataTable(numbering.table(), "Thresholds of sites' own.", columns, lines, notes)
