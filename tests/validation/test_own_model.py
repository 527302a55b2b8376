"""A plan puts its Cox and logistic models to the test where it says so: rows of analysis.model_performance, and nothing
else moves.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from analysis.validation.concordance import concordance
from analysis.validation.logistic_model import Statuses, logistic_model
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
    "a Fine-Gray model": {"method": '"fine_gray"'},
    "a stratified model": {"strata": '"site"'},
    "a model with entry": {"entry": '"first_ablation_date"'},
}


@pytest.mark.parametrize("what", REFUSED)
def test_other_models_are_refused(what: str) -> None:
    """The sentence says which are tested."""
    found = read(model(**REFUSED[what], test="true"))
    assert (
        found.plan is None and "only a Cox model without strata and entry, or a logistic model, is put" in found.reason
    )


LOGISTIC = {"patient": '"max_diameter_mm + ras"', "lesion": '"minimal_margin_mm"'}


@pytest.mark.parametrize("level", LOGISTIC)
def test_a_logistic_model_is_tested_without_a_time(con: duckdb.DuckDBPyConnection, level: str) -> None:
    """AUC and Brier score are those of the fitted risks; slope and intercept are 1 and 0 on their own subjects, and the
    slope is less elsewhere; what was predicted is the share that was seen, and groups cover everybody. Shares of
    patients have exact limits, those of lesions the limits of drawings.
    """
    text = model(endpoint='"LTP"', level=f'"{level}"', formula=LOGISTIC[level], test="true")
    made = estimated(con, followed(text), {})
    table = made["model_performance"]
    assert set(table["model"]) == {"plan.m"} and table["time_months"].isna().all()
    by_name = table[table["stratum"] == "overall"].set_index("quantity")
    outcome, ras, size = (
        con.execute("SELECT ltp, ras = 'mutant', max_diameter_mm FROM cohort.patients WHERE ltp IS NOT NULL "
                    "AND ras <> 'unknown' AND max_diameter_mm IS NOT NULL") if level == "patient" else
        con.execute("SELECT ltp, false, minimal_margin_mm FROM cohort.lesions WHERE ltp IS NOT NULL "
                    "AND minimal_margin_mm IS NOT NULL")
    ).fetchnumpy().values()  # fmt: skip
    fitted = made["logistic" if level == "patient" else "lesion_models"]
    coef = fitted.set_index("term")["coef"]
    names = ["max_diameter_mm", "ras"] if level == "patient" else ["minimal_margin_mm"]
    columns = [np.asarray(one, dtype=float) for one in (size, ras)][: len(names)]
    score = coef["(Intercept)"] + sum(coef[name] * one for name, one in zip(names, columns, strict=True))
    risk, outcome = 1 / (1 + np.exp(-score)), np.asarray(outcome, dtype=float)
    assert by_name.loc["auc", "estimate"] == pytest.approx(roc_auc_score(outcome, risk), rel=1e-9)
    assert by_name.loc["brier", "estimate"] == pytest.approx(np.mean((outcome - risk) ** 2), rel=1e-9)
    assert by_name.loc["null_brier", "estimate"] == pytest.approx(outcome.mean() * (1 - outcome.mean()))
    assert by_name.loc["slope", "estimate"] == 1.0 and 0.5 < by_name.loc["slope", "corrected"] < 1.0
    assert by_name.loc["intercept", "estimate"] == 0.0 and by_name.loc["auc", "optimism"] > 0.0
    assert by_name.loc["calibration", "estimate"] == pytest.approx(outcome.mean())
    assert by_name.loc["calibration", "predicted"] == pytest.approx(risk.mean())
    groups = table[table["stratum"] != "overall"]
    assert len(groups) > 1 and groups["n"].sum() == len(outcome) and groups["n_events"].sum() == outcome.sum()
    assert groups["predicted"].is_monotonic_increasing and groups["corrected"].notna().all()
    exact = groups["method"].str.contains("Clopper")
    assert exact.all() if level == "patient" else not exact.any()
    limits = table.dropna(subset=["lower"])
    assert ((limits["lower"] <= limits["estimate"]) & (limits["estimate"] <= limits["upper"])).all() and len(limits) > 3


@pytest.mark.long
def test_drawings_without_a_maximum_are_counted() -> None:
    """A class with one event has none in a third of the samples: no optimism is given, and the note says so; figures of
    the model itself stand.
    """
    outcome = np.r_[np.ones(12), np.zeros(60)]
    rare = np.zeros(72)
    rare[[0, *range(20, 26)]] = 1.0
    statuses = Statuses(outcome, np.column_stack([rare, np.arange(72) % 7]), np.arange(72), is_clustered=False)
    table = logistic_model(statuses, {"model": "m"})
    first = table.iloc[0]
    assert first["quantity"] == "auc" and first["estimate"] > 0.5 and table["optimism"].isna().all()
    assert "drawings could not be fitted: no optimism is given" in first["note"]


def test_few_without_ltp_have_no_figures() -> None:
    """The rarer outcome counts."""
    statuses = Statuses(np.r_[np.ones(60), np.zeros(9)], np.arange(69.0)[:, None], np.arange(69), is_clustered=False)
    (row,) = logistic_model(statuses, {"model": "m"}).to_dict("records")
    assert row["quantity"] == "auc" and "only 9 events: not shown below 10" in row["note"]


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
