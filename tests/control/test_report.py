"""The report's section on sites over time: many sites, funnels, thresholds of sites' own."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from analysis.estimates.funnel_limits import Centre
from analysis.figures.funnel import funnel_figure
from analysis.figures.render import to_svg
from analysis.report.blocks import Block, DataTable, FigureBlock, FigureGrid, Numbering, Paragraph
from analysis.report.sections import control
from schemas.measures import MEASURES
from schemas.thresholds import FUNNEL_QUARTERS, MIN_FUNNEL_CENTRES
from tests.analysis_report.sample import content
from warehouse.control.charts import COLUMNS, charted
from warehouse.control.quarters import number_of

FIRST = number_of("2020-Q1")
MARGIN = MEASURES["margin_known"]


def charts(sites: int, last: dict[str, int] | None = None) -> pd.DataFrame:
    """The margins of so many sites over twelve quarters: 18 of 20 known, in the newest as many as `last` says."""
    rows: list[tuple] = []
    for site in (f"s{number}" for number in range(sites)):
        series = [(FIRST + place, 18, 20) for place in range(11)] + [(FIRST + 11, (last or {}).get(site, 18), 20)]
        rows += charted(MARGIN, site, series, FIRST + 11, None)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def blocks_of(frame: pd.DataFrame, thresholds: pd.DataFrame | None = None) -> list[Block]:
    """The section's blocks."""
    told = content(tables={}, control_charts=frame, thresholds=pd.DataFrame() if thresholds is None else thresholds)
    return list(control.build(told, Numbering()).blocks)


def lines(table: DataTable) -> list[list[str]]:
    """The table's cells as text."""
    return [[getattr(cell, "text", cell) for cell in row.cells] for row in table.rows]


@pytest.mark.long
def test_sites_that_drift_come_first_and_the_others_are_counted() -> None:
    """Of eight sites six are in the table and two are drawn, the one that drifts before all."""
    blocks = blocks_of(charts(8, {"s7": 5}))
    (table,) = (block for block in blocks if isinstance(block, DataTable))
    assert lines(table)[0] == ["s7"] and "beyond the limits" in lines(table)[1]
    assert len(table.rows) == 2 * control.MAX_SITES and table.notes[-1] == "2 more sites are in quality.control_charts."
    drawn = [block.caption for block in blocks if isinstance(block, FigureBlock)]
    assert drawn == ["Control charts of s7, by quarter.", "Control charts of s0, by quarter."]


@pytest.mark.long
def test_five_centres_are_a_funnel() -> None:
    """Of their newest eight quarters; the picture names the centre outside, and its words give every count."""
    (grid,) = (block for block in blocks_of(charts(MIN_FUNNEL_CENTRES, {"s4": 0})) if isinstance(block, FigureGrid))
    (funnel,) = grid.figures
    assert funnel.caption == "Margin known, by centre."
    assert f"s0 {18 * FUNNEL_QUARTERS} of {20 * FUNNEL_QUARTERS}, " in funnel.svg
    assert f"s4 {18 * (FUNNEL_QUARTERS - 1)} of {20 * FUNNEL_QUARTERS}." in funnel.svg
    four = blocks_of(charts(MIN_FUNNEL_CENTRES - 1))
    assert not [block for block in four if isinstance(block, FigureGrid)]
    assert "A funnel needs 5 centres with complete quarters; there are 4." in str(four)


def test_a_funnel_names_centres_outside_its_limits() -> None:
    """Of many centres only those; a centre without a case is left out, and shares of 0 and 1 are drawn."""
    centres = [Centre(f"c{number}", 80, 100) for number in range(9)]
    drawn = to_svg(funnel_figure([*centres, Centre("far", 40, 100), Centre("none", 0, 0)], "Known", "lesions"), "f", "")
    assert ">far</text>" in drawn and ">c0</text>" not in drawn and ">none</text>" not in drawn
    for k in (0, 10):
        few = to_svg(funnel_figure([Centre("a", k, 10), Centre("b", k, 10)], "Known", "lesions"), "f", "")
        assert ">a</text>" in few


def test_thresholds_stand_with_reason_and_name() -> None:
    """What is allowed, what is found now, until when, why and who; one that has ended says so."""
    known = ("site", "rule_id", "aspect", "threshold_pct", "reason", "set_by", "until", "state")
    found = ("table_name", "n_violations", "n_rows", "pct", "status")
    rows = [
        ("a", "DS-01", "margin known", 30.0, "Elsewhere", "A. Miller", None, "active")
        + ("clean.lesions", 21, 212, 9.9, "passed"),
        ("a", "LES-03", "", 5.0, "Large", "B. Meyer", date(2024, 6, 30), "expired")
        + ("rfa_sessions", 2, 10, 20.0, "failed"),
        ("b", "HD-01", "", 5.0, "Old", "B. Meyer", None, "unused") + (None, None, None, None, None),
    ]
    blocks = blocks_of(pd.DataFrame(), pd.DataFrame(rows, columns=[*known, *found]))
    assert "There is no quarter to chart yet." in str([block for block in blocks if isinstance(block, Paragraph)])
    (table,) = (block for block in blocks if isinstance(block, DataTable))
    assert lines(table) == [
        ["a", "DS-01: margin known", "clean.lesions", "30", "9.9", "passed", "–", "Elsewhere (A. Miller)"],
        [
            "a",
            "LES-03",
            "rfa_sessions",
            "5",
            "20.0",
            "expired: the rule's own counts",
            "2024-06-30",
            "Large (B. Meyer)",
        ],
        ["b", "HD-01", "", "5", "–", "no rule in force", "–", "Old (B. Meyer)"],
    ]
