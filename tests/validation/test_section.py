"""What a report says of an own model that was put to the test, and of a replication that nobody asked for."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.report.blocks import DataTable, Numbering
from analysis.report.own_plan import OwnPlan
from analysis.report.sections import replication
from analysis.report.sections.own_tests import OPTIMISM, performance_tables
from analysis.validation.own_model import own_model
from tests.analysis_report.sample import content
from tests.validation.test_estimators import LABELS, drawn


def plan_of(n: int) -> OwnPlan:
    """A plan of one tested model of so many subjects."""
    table = own_model(drawn(n), (12,), LABELS | {"model": "plan.m"}, is_clustered=True, competes=True)
    return OwnPlan("plan.toml", tables={"model_performance": table.assign(note=table["note"] + "; own plan, declared")})


@pytest.mark.long
def test_the_table_stands_below_its_model() -> None:
    """C-indices, slope, AUC, Brier score and groups, each less its optimism; what to know stands in the notes."""
    (table,) = performance_tables(plan_of(150), "m", "Margin", Numbering())
    assert isinstance(table, DataTable) and table.caption == "Margin, put to the test."
    names = [str(row.cells[0]) for row in table.rows]
    assert names[:4] == [
        *(
            "C-index (Harrell)",
            "C-index (Harrell), deaths counted as never having the event",
            "C-index (Uno)",
            "Slope of the score",
        )
    ]
    assert {"AUC at 12 months", "Brier score at 12 months"} <= set(names)
    assert any(name.startswith("Observed risk at 12 months, %, group 1 of ") for name in names)
    assert str(table.rows[0].cells[2]) not in ("", "–") and str(table.rows[2].cells[2]) == "–"
    assert table.notes[0] == OPTIMISM and "Fewer than 100 events: imprecise." in table.notes
    assert not any("own plan" in note for note in table.notes)


def test_few_events_are_said_and_an_untested_model_has_no_table() -> None:
    """One line without a figure, and the reason."""
    (table,) = performance_tables(plan_of(12), "m", "Margin", Numbering())
    assert isinstance(table, DataTable) and [str(cell) for cell in table.rows[0].cells][1:] == ["–", "–"]
    assert any("not shown below 10" in note for note in table.notes)
    assert performance_tables(plan_of(12), "other", "Other", Numbering()) == []


@pytest.mark.parametrize("table", ["empty", "full"])
def test_only_a_home_that_asks_has_a_replication(table: str) -> None:
    """Without rows there is no section; with rows it is as before."""
    given = content() if table == "full" else content(tables={"replication": pd.DataFrame()})
    assert bool(replication.build(given, Numbering()).blocks) is (table == "full")
