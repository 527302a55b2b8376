"""Every method of the analysis tables has its Methods sentence, and no crude share is called actuarial."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis import plan
from analysis.guard_table import model_guards
from analysis.methods import methods, sentence
from analysis.table_one import COLUMNS as TABLE_ONE_COLUMNS
from tests.analysis.simulated import registry


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    """The analysis tables of 120 patients."""
    return plan.run(*registry(120))


def test_every_method_has_its_sentence(tables: dict[str, pd.DataFrame]) -> None:
    """Descriptions of Table 1 aside."""
    named = {
        name
        for table in tables.values()
        if list(table) != TABLE_ONE_COLUMNS and "method" in table
        for name in table["method"]
    }
    assert {name for name in named if not sentence(name)} == set()
    found = methods(tables.values())
    assert not found["method"].duplicated().any() and set(found["method"]) == named


def test_no_crude_share_is_called_actuarial(tables: dict[str, pd.DataFrame]) -> None:
    """The word stands only where it is denied, or where the published figure is warned of."""
    assert "not actuarial" in sentence("share, Wilson interval")
    for table in tables.values():
        for name in table.select_dtypes(object):
            said = table[name].astype(str)
            said = said[said.str.contains("actuarial", case=False)]
            assert said.str.contains("not an actuarial|published").all(), said.tolist()


def test_guards_say_what_was_found(tables: dict[str, pd.DataFrame]) -> None:
    """Each model has events per variable, separation and convergence; each endpoint unknown genotypes and maturity."""
    table = tables["guards"]
    is_test = table["guard"].isin(["events to test", "expected events, smallest group"])
    of_models = table[(table["model"] != "") & ~is_test]
    checked = of_models.groupby(["endpoint", "model", "analysis", "term"])["guard"].agg(set)
    assert all({"events per variable", "separation", "convergence"} <= guards for guards in checked)
    of_endpoints = table[table["model"] == ""]
    assert set(of_endpoints["guard"]) == {"share of unknown genotype", "maturity of follow-up"}
    few = of_models[of_models["guard"] == "events per variable"]
    expected = np.select([few["estimate"] < 5, few["estimate"] < 10], ["unreliable", "caution"], "ok")
    assert (few["state"] == expected).all()


def test_a_model_that_was_not_fitted_is_not_called_ok(tables: dict[str, pd.DataFrame]) -> None:
    """Without one estimate, nothing is said of convergence and separation; with estimates they are ok."""
    fitted = tables["cox"].dropna(subset="estimate")
    for table, state in ((fitted, "ok"), (fitted.assign(estimate=np.nan), "not applicable")):
        found = model_guards(table)
        assert set(found[found["guard"].isin(["separation", "convergence"])]["state"]) == {state}
