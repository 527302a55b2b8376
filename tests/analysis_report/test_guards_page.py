"""What the page says was checked about models: each has its own name, and a withheld one is not said to converge."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.plan.guard_table import model_guards
from analysis.report.blocks import Cell, DataTable, Numbering
from analysis.report.content import ReportContent
from analysis.report.sections import checks, guards
from tests.analysis_report.sample import content, newer_tables


def _with(checked: pd.DataFrame) -> ReportContent:
    return content(tables={**content().tables, "guards": checked})


def _models(report: ReportContent) -> list[list[str]]:
    section = guards.build(report, Numbering())
    (table,) = [
        block for block in section.blocks if isinstance(block, DataTable) and block.caption == "Checks of models."
    ]
    return [[cell.text if isinstance(cell, Cell) else cell for cell in row.cells] for row in table.rows]


@pytest.mark.long
def test_every_model_has_a_line_of_its_own() -> None:
    """As many lines as models of the table, and no two that begin alike."""
    checked = newer_tables()["guards"]
    lines = _models(_with(checked))
    assert len(lines) == (checked["guard"] == "events per variable").sum()
    names = [tuple(line[:2]) for line in lines]
    assert len(set(names)) == len(names), sorted(name for name in names if names.count(name) > 1)[:2]


def test_a_model_that_is_withheld_is_not_said_to_converge() -> None:
    """Dashes under Converged and Separation, and nothing of them in words."""
    subgroups = newer_tables()["subgroups"]
    row = subgroups[subgroups["quantity"] == "hazard_ratio"].iloc[[0]]
    withheld = model_guards(row.assign(estimate=float("nan"), ph_p_value=float("nan"), events_per_variable=3.0))
    (line,) = _models(_with(withheld))
    assert line[4:] == ["3.0 (unreliable)", "–", "–", "–"]
    said = checks.of_model(_with(withheld), model="kras_by_subgroup")
    assert said == "events per variable 3.0 (unreliable)"
