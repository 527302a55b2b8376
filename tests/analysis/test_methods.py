"""Every method of the analysis tables has its Methods sentence, and no crude share is called actuarial."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.plan import analysis_plan
from analysis.plan.guard_table import model_guards
from analysis.plan.methods_sentences import few_events, methods, proportionality, sentence, sentences
from analysis.plan.table_one import COLUMNS as TABLE_ONE_COLUMNS
from tests.analysis.simulated import registry


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    """The analysis tables of 120 patients."""
    return analysis_plan.run(*registry(120))


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
    """The word appears only where it is denied, or where a note warns about the published figure."""
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


def test_each_sentence_stands_once(tables: dict[str, pd.DataFrame]) -> None:
    """Models that differ in what is said after their sentence share the sentence, and what is said after it."""
    methods_of = [
        pd.DataFrame({"method": [name]})
        for name in (
            "Cox, Efron ties",
            "Cox, Efron ties, variance clustered by patient",
            "Cox, Efron ties, stratified by site",
        )
    ]
    found = sentences(methods_of)
    assert [text[:13] for text in found] == ["Hazard ratios", "Standard erro", "Where stated,"]
    whole = sentences(tables.values())
    assert len(whole) == len(set(whole))
    assert sum("Cox proportional-hazards" in text for text in whole) == 1
    assert sum(text.startswith("Standard errors allow") for text in whole) == 1


@pytest.mark.parametrize(
    ("per_variable", "estimate", "said", "not_said"),
    [
        ([12.0], [1.0], "", "below"),
        ([7.0], [1.0], "fewer than 10 events per variable are marked.", "below"),
        ([4.8], [1.0], "below 5 an estimate is shown only where a published model is repeated", "no estimate"),
        ([4.8], [np.nan], "below 5 no estimate is shown.", "published"),
    ],
)
def test_what_is_said_of_few_events_depends_on_the_tables(
    per_variable: list[float], estimate: list[float], said: str, not_said: str
) -> None:
    """Nothing of withheld or unreliable estimates where there are none."""
    found = few_events([pd.DataFrame({"events_per_variable": per_variable, "estimate": estimate})])
    assert (said in found if said else not found) and not_said not in found


def test_non_proportional_hazards_are_named_only_where_there_are_some(tables: dict[str, pd.DataFrame]) -> None:
    """The sentence follows the p-values, and the one on effects by period claims nothing of them."""
    assert (
        proportionality([pd.DataFrame({"ph_p_value": [0.2, np.nan]})])
        == "No test of proportional hazards had p < 0.05."
    )
    assert "Of 2 tests of proportional hazards, 1 had" in proportionality([pd.DataFrame({"ph_p_value": [0.2, 0.01]})])
    assert proportionality([tables["logrank"]]) == ""
    assert "not proportional" not in sentence("Cox by period, Efron ties")


@pytest.mark.long
def test_below_five_events_per_variable_only_published_models_are_shown(tables: dict[str, pd.DataFrame]) -> None:
    """With so few patients that every model has too few events: the declared models and the published one by methods
    for few events show estimates, every other table shows none.
    """
    few = analysis_plan.run(*registry(40))
    published = {"cox": None, "logistic": None, "sensitivity": "few events"}
    n_withheld = 0
    for name, table in few.items():
        if "events_per_variable" not in table:
            continue
        below = table[table["events_per_variable"] < 5]
        n_withheld += len(below)
        if name in published:
            below = below[below["variant"] != published[name]] if published[name] else below.iloc[:0]
        assert below["estimate"].isna().all(), name
    assert n_withheld > 10
