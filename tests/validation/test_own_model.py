"""A plan puts its Cox models to the test where it says so: rows of analysis.model_performance; nothing else moves."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np
import pandas as pd
import pytest

from analysis.validation.concordance import concordance
from disclosure.shared_tables import LEFT_OUT
from tests.e2e.demonstration import Demonstration
from tests.own_plan.plans import followed, model, read
from workflows.plan_estimates import estimated

MARGIN = {"level": '"lesion"', "formula": '"minimal_margin_mm"', "test": "true"}


@pytest.fixture(scope="module")
def con(light_study: Demonstration) -> Iterator[duckdb.DuckDBPyConnection]:
    """The released study, open."""
    with light_study.open() as opened:
        yield opened


@pytest.fixture(scope="module")
def table(con: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """What a plan of one tested model makes."""
    return estimated(con, followed(model(**MARGIN)), {})["model_performance"]


def test_the_rows_are_those_of_the_model(con: duckdb.DuckDBPyConnection, table: pd.DataFrame) -> None:
    """They bear the model's name; C is that of the margin alone, since one term ranks by itself; the corrected slope is
    below 1 and groups cover everybody.
    """
    assert set(table["model"]) == {"plan.m"} and set(table["level"]) == {"lesion"}
    rows = con.execute(
        "SELECT days, event, minimal_margin_mm FROM cohort.lesions JOIN (FROM derived.time_to_event "
        "WHERE endpoint = 'TTLTP' AND level = 'lesion') USING (site, patient_id, lesion_id) "
        "WHERE minimal_margin_mm IS NOT NULL"
    ).fetchnumpy()
    days, event, margin = (np.asarray(rows[name], dtype=float) for name in ("days", "event", "minimal_margin_mm"))
    first = table.iloc[0]
    assert first["quantity"] == "harrell_c" and first["n"] == len(margin)
    assert first["estimate"] == pytest.approx(concordance(days, event, -margin).estimate, rel=1e-12)
    slope = table[table["quantity"] == "slope"].iloc[0]
    assert slope["estimate"] == pytest.approx(1.0, abs=1e-6) and slope["corrected"] < 1.0
    assert "left out for missing values" in first["note"] and "apparent" in first["note"]


def test_asking_for_a_test_moves_no_day() -> None:
    """The definition is the same with and without it."""
    with_test, without = (followed(model(**more)) for more in (MARGIN, MARGIN | {"test": "false"}))
    assert with_test.definitions[0].sha256 == without.definitions[0].sha256


def test_without_asking_there_is_no_table(con: duckdb.DuckDBPyConnection) -> None:
    """No drawing is made."""
    assert "model_performance" not in estimated(con, followed(model(**MARGIN | {"test": "false"})), {})


REFUSED = {
    "a logistic model": {"endpoint": '"LTP"'},
    "a Fine-Gray model": {"method": '"fine_gray"'},
    "a stratified model": {"strata": '"site"'},
    "a model with entry": {"entry": '"first_ablation_date"'},
}


@pytest.mark.parametrize("what", REFUSED)
def test_other_models_are_refused(what: str) -> None:
    """The sentence says which are tested."""
    found = read(model(**REFUSED[what], test="true"))
    assert found.plan is None and "only a Cox model without strata and entry is put to the test" in found.reason


def test_few_events_have_no_figures(con: duckdb.DuckDBPyConnection) -> None:
    """A subgroup with fewer than ten events gets one line that says so, whatever its model."""
    own = model(formula='"max_diameter_mm"', subgroup="\"nras = 'mutant'\"", test="true")
    table = estimated(con, followed(own), {})["model_performance"]
    assert len(table) == 1 and "not shown below 10" in table["note"].iloc[0] and table["estimate"].isna().all()


def test_a_model_without_a_term_says_so(con: duckdb.DuckDBPyConnection) -> None:
    """A column that has one value here."""
    own = model(formula='"max_diameter_mm"', subgroup='"max_diameter_mm = 20"', test="true")
    table = estimated(con, followed(own), {})["model_performance"]
    assert table["note"].iloc[0] == "no term of the model can be estimated: nothing to test"


def test_tests_never_leave() -> None:
    """Disclosure control leaves the table out by name."""
    assert "model_performance" in LEFT_OUT
