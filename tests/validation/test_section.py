"""What a report says of an own model that was put to the test, and of a replication that nobody asked for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.report.blocks import DataTable, Numbering
from analysis.report.own_plan import OwnPlan
from analysis.report.sections import replication
from analysis.report.sections.own_tests import OPTIMISM, performance_tables
from analysis.validation.logistic_model import Statuses, logistic_model
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


@pytest.mark.long
def test_figures_of_a_logistic_model_have_no_time() -> None:
    """AUC, Brier score, slope, intercept and groups; a model with too few events has a line of its AUC."""
    draw = np.random.default_rng(1)
    score = draw.normal(size=200)
    outcome = (draw.random(200) < 1 / (1 + np.exp(-score))).astype(float)

    def lines(n: int) -> list[list[str]]:
        statuses = Statuses(outcome[:n], score[:n, None], np.arange(n), is_clustered=False)
        made = logistic_model(statuses, {"model": "plan.m"})
        own = OwnPlan("plan.toml", tables={"model_performance": made})
        (table,) = performance_tables(own, "m", "Margin", Numbering())
        assert isinstance(table, DataTable)
        return [[str(cell) for cell in row.cells] for row in table.rows]

    found = lines(200)
    assert [name for name, *_ in found[:4]] == ["AUC", "Brier score", "Slope of the score", "Intercept of the score"]
    assert "(" in found[0][1] and found[2][1] == "1.00" and found[3][1] == "0.00"
    assert all(name.startswith(f"Observed risk, %, group {at} of ") for at, (name, *_) in enumerate(found[4:], start=1))
    assert len(found) > 5 and not any("nan" in cell for row in found for cell in row)
    assert lines(12) == [["AUC", "–", "–"]]


@pytest.mark.parametrize("table", ["empty", "full"])
def test_only_a_home_that_asks_has_a_replication(table: str) -> None:
    """Without rows there is no section; with rows it is as before."""
    given = content() if table == "full" else content(tables={"replication": pd.DataFrame()})
    assert bool(replication.build(given, Numbering()).blocks) is (table == "full")
