"""Models that cannot be trusted: a null estimate with the reason, or a warning; never an exception, never a
wrong number.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.regression.cox import cox
from analysis.regression.fine_gray import fine_gray
from analysis.regression.firth import few_events
from analysis.regression.gee import gee
from analysis.regression.logistic import logistic


def _frame(n: int = 200, seed: int = 3) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    kras = random.choice(["wild_type", "mutant"], n)
    days = np.ceil(random.exponential(300.0 / (1.0 + (kras == "mutant"))))
    frame = pd.DataFrame({"kras": kras, "age": random.normal(60.0, 10.0, n), "days": days})
    frame["nras"] = np.where(np.arange(n) % 20 == 0, "mutant", "wild_type")
    return frame.assign(event=(random.random(n) < 0.6).astype(int))


def _fit(model: str, frame: pd.DataFrame, covariates: list[str]) -> pd.DataFrame:
    if model == "cox":
        return cox(frame, covariates)
    return logistic(frame, covariates, event="event")


def _term(table: pd.DataFrame, term: str) -> pd.Series:
    return table[table["term"] == term].iloc[0]


BOTH = pytest.mark.parametrize("model", ["cox", "logistic"])


@BOTH
def test_a_level_without_events_is_set_aside(model: str) -> None:
    """Its ratio is null and says why; the others equal a model without its subjects, the limit in which its
    coefficient runs away.
    """
    frame = _frame()
    frame.loc[frame["nras"] == "mutant", "event"] = 0
    table = _fit(model, frame, ["kras", "nras"])
    nras = _term(table, "nras")
    assert np.isnan(nras["estimate"]) and "no event with nras mutant" in nras["note"]
    alone = _term(_fit(model, frame[frame["nras"] == "wild_type"], ["kras"]), "kras")
    kras = _term(table, "kras")
    np.testing.assert_allclose(kras["estimate"], alone["estimate"], rtol=1e-9)
    assert "10 subjects with nras mutant" in kras["note"]


def test_only_events_separate_a_logistic_model_alone() -> None:
    """A level in which all have the event has no odds ratio, but a hazard ratio."""
    frame = _frame()
    frame.loc[frame["nras"] == "mutant", "event"] = 1
    assert np.isnan(_term(logistic(frame, ["kras", "nras"], event="event"), "nras")["estimate"])
    assert np.isfinite(_term(cox(frame, ["kras", "nras"]), "nras")["estimate"])


@BOTH
def test_a_reference_without_events(model: str) -> None:
    """Where the reference has no event the ratio is infinite: null with the reason."""
    frame = _frame()
    frame.loc[frame["kras"] == "wild_type", "event"] = 0
    kras = _term(_fit(model, frame, ["kras", "age"]), "kras")
    assert np.isnan(kras["estimate"]) and "no event with kras wild_type" in kras["note"]


def test_a_number_that_separates_perfectly() -> None:
    """A covariate that orders all event times, or splits events from non-events, has no finite ratio."""
    frame = pd.DataFrame({"x": np.arange(40.0), "days": np.arange(40.0, 0.0, -1.0), "event": 1})
    ratio = _term(cox(frame, ["x"]), "x")
    assert np.isnan(ratio["estimate"]) and "no finite maximum" in ratio["note"]
    frame["event"] = (frame["x"] >= 20).astype(int)
    odds = _term(logistic(frame, ["x"], event="event"), "x")
    assert np.isnan(odds["estimate"]) and "no finite maximum" in odds["note"]


@BOTH
@pytest.mark.parametrize("covariate", ["kras", "constant"])
def test_one_group_only(model: str, covariate: str) -> None:
    """With one group, or one value, there is nothing to compare; other terms are still estimated."""
    frame = _frame().assign(constant=1.0)
    frame = frame[frame["kras"] == "mutant"]
    table = _fit(model, frame, [covariate, "age"])
    assert np.isnan(_term(table, covariate)["estimate"]) and "nothing to compare" in _term(table, covariate)["note"]
    assert np.isfinite(_term(table, "age")["estimate"])


@BOTH
def test_collinear_terms(model: str) -> None:
    """The later of two terms that say the same is null; the earlier is estimated as if alone."""
    frame = _frame().assign(double=lambda data: 2.0 * data["age"] + 1.0)
    table = _fit(model, frame, ["age", "double"])
    assert (
        np.isnan(_term(table, "double")["estimate"])
        and "determined by the other terms" in _term(table, "double")["note"]
    )
    np.testing.assert_allclose(
        _term(table, "age")["estimate"], _term(_fit(model, frame, ["age"]), "age")["estimate"], rtol=1e-9
    )


@BOTH
@pytest.mark.parametrize("n", [0, 1, 50])
def test_no_events(model: str, n: int) -> None:
    """Without events, or without subjects, each term has a row with no estimate and the reason."""
    frame = _frame(max(n, 1)).iloc[:n].assign(event=0)
    table = _fit(model, frame, ["kras", "age"])
    assert len(table) == 2 and table["estimate"].isna().all() and (table["note"] != "").all()


@BOTH
def test_events_per_variable_warns(model: str) -> None:
    """Below 10 events per variable the note says caution, below 5 unreliable, above nothing."""
    frame = _frame(400)
    for n_events, expected in ((12, "unreliable"), (18, "caution"), (30, "")):
        few = frame.assign(event=0)
        few.loc[few.index[np.arange(n_events) * 7], "event"] = 1
        row = _term(_fit(model, few, ["kras", "age", "days"][: 3 if n_events < 15 else 2]), "kras")
        assert row["note"] == "" if expected == "" else expected in row["note"]


@pytest.mark.parametrize("model", ["cox", "logistic", "gee", "firth", "fine_gray"])
def test_a_constant_covariate_uses_up_no_events(model: str) -> None:
    """Events per variable are the same with and without a column of one value, which the note counts; so the same
    estimate is shown under both names.
    """
    frame = _frame(120).assign(constant="wild_type", patient=np.arange(120))
    frame["event"] = (np.arange(120) % 15 == 0).astype(int)
    fits = {
        "cox": lambda terms: cox(frame, terms),
        "logistic": lambda terms: logistic(frame, terms, event="event"),
        "gee": lambda terms: gee(frame, terms, event="event", cluster="patient"),
        "firth": lambda terms: few_events(frame, terms, event="event"),
        "fine_gray": lambda terms: fine_gray(frame, terms),
    }
    alone, declared = (_term(fits[model](terms), "kras") for terms in (["kras"], ["kras", "constant"]))
    assert alone["events_per_variable"] == declared["events_per_variable"] == 8.0
    np.testing.assert_allclose(declared["estimate"], alone["estimate"], rtol=1e-9)
    assert "over 1 of 2 columns: the others do not vary" in declared["note"]
    assert "do not vary" not in alone["note"]


@BOTH
def test_unknown_is_left_out_and_counted(model: str) -> None:
    """Unknown genotype is missing: complete cases only, with the number in the note."""
    frame = _frame()
    frame.loc[:4, "kras"] = "unknown"
    frame.loc[3:9, "age"] = np.nan
    row = _term(_fit(model, frame, ["kras", "age"]), "kras")
    assert row["n"] == 190 and "10 left out for missing values (kras 5, age 7)" in row["note"]


@BOTH
def test_counted_rows_equal_rows(model: str) -> None:
    """A row that stands for three subjects counts as three rows."""
    frame = _frame(60).round({"age": -1})
    tripled = pd.concat([frame] * 3, ignore_index=True)
    counted = frame.assign(count=3)
    if model == "cox":
        first, second = cox(tripled, ["kras", "age"]), cox(counted, ["kras", "age"], count="count")
    else:
        first = logistic(tripled, ["kras", "age"], event="event")
        second = logistic(counted, ["kras", "age"], event="event", count="count")
    pd.testing.assert_frame_equal(first, second, rtol=1e-8)
