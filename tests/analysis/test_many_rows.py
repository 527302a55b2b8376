"""A Cox model of many rows is fitted slice by slice, with the figures of the library to 1e-9 and a bounded memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.regression import cox_fit, cox_slices
from analysis.regression.cox import cox
from analysis.regression.risk_sets import Cases


def subjects(n: int, seed: int = 1) -> pd.DataFrame:
    """Made-up lesions of patients, many tied: days, event, diameter, KRAS, centre, count and whose they are."""
    rng = np.random.default_rng(seed)
    kras = np.where(rng.random(n) < 0.4, "mutant", "wild_type").astype(object)
    diameter = np.round(rng.gamma(6.0, 4.0, n) + 3.0)
    days = np.ceil(rng.exponential(400 / np.exp(0.5 * (kras == "mutant") + 0.03 * (diameter - 25))))
    rows = {"days": days, "event": (rng.random(n) < 0.7).astype(int), "diameter": diameter, "kras": kras}
    centre = np.array(["north", "south", "west"])[rng.integers(0, 3, n)]
    return pd.DataFrame(
        rows | {"centre": centre, "n": rng.integers(1, 4, n), "patient": rng.integers(0, n // 2 + 1, n)}
    )


@pytest.fixture
def in_slices(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Every model counts as one of many rows, looked at 17 at a time, and the library is out of reach."""
    monkeypatch.setattr(cox_fit, "MANY_ROWS", 0)
    monkeypatch.setattr(cox_slices, "SLICE", 17)
    return monkeypatch


def refuse(cases: Cases, ties: str) -> None:
    """Stand in the library's place."""
    raise AssertionError("the library was asked")


@pytest.mark.parametrize("how", [{}, {"strata": "centre", "ties": "breslow"}, {"cluster": "patient"}, {"count": "n"}])
def test_every_figure_is_the_librarys_to_1e_9(in_slices: pytest.MonkeyPatch, how: dict[str, str]) -> None:
    """Coefficients, intervals, tests of the model and of proportionality agree, with strata, counts and clusters."""
    rows = subjects(300)
    with in_slices.context() as usual:
        usual.setattr(cox_fit, "MANY_ROWS", 10**9)
        expected = cox(rows, ["kras", "diameter"], time="days", event="event", **how)
    in_slices.setattr(cox_fit, "_model", refuse)
    found = cox(rows, ["kras", "diameter"], time="days", event="event", **how)
    assert expected["estimate"].notna().all()
    pd.testing.assert_frame_equal(found, expected, rtol=1e-9, atol=1e-9)


@given(seed=st.integers(0, 10**6), size=st.integers(1, 90))
@settings(max_examples=15, deadline=None)
def test_how_rows_are_cut_moves_nothing(seed: int, size: int) -> None:
    """Slices of any size give the maximum that one slice gives."""
    rows = subjects(80, seed)
    matrix = np.column_stack([rows["kras"] == "mutant", rows["diameter"]]).astype(float)
    cases = Cases(rows["days"].to_numpy(), rows["event"].to_numpy(), matrix, rows["n"].to_numpy(dtype=float))
    whole = cox_slices.maximum_in_slices(cases)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cox_slices, "SLICE", size)
        cut = cox_slices.maximum_in_slices(cases)
    assert whole is not None and cut is not None
    np.testing.assert_allclose(cut.coef, whole.coef, rtol=1e-9)
    np.testing.assert_allclose(cut.covariance, whole.covariance, rtol=1e-9)


def test_where_there_is_no_maximum_the_library_says_so(in_slices: pytest.MonkeyPatch) -> None:
    """A number that is larger with every event has no finite coefficient: the steps come to no end, the library is
    asked, and the table says that the model did not converge, as without slices.
    """
    n = 60
    rows = pd.DataFrame({"days": np.arange(n, 0.0, -1.0), "event": 1, "x": np.arange(float(n))})
    assert cox_slices.maximum_in_slices(Cases(rows["days"].to_numpy(), rows["event"].to_numpy(),
                                              rows[["x"]].to_numpy(), np.ones(n))) is None  # fmt: skip
    found = cox(rows, ["x"])
    in_slices.setattr(cox_fit, "MANY_ROWS", 10**9)
    pd.testing.assert_frame_equal(found, cox(rows, ["x"]))
    assert found["estimate"].isna().all()


def test_memory_beside_the_matrix_grows_with_slices_not_with_pairs_of_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """With six columns the fit of 200,000 rows takes less than 70 bytes a row, the library more than 300."""
    rng, n = np.random.default_rng(2), 200_000
    matrix = np.asfortranarray(rng.normal(size=(n, 6)))
    cases = Cases(np.ceil(rng.exponential(300, n)), (rng.random(n) < 0.3).astype(int), matrix, np.ones(n))
    monkeypatch.setattr(cox_slices, "SLICE", 4096)
    cox_fit.coefficients(Cases(cases.time[:99], cases.event[:99], matrix[:99], cases.count[:99]))  # imports the library

    def peak(fit: Callable[[Cases, str], object]) -> float:
        tracemalloc.start()
        try:
            assert fit(cases, "efron") is not None
            return tracemalloc.get_traced_memory()[1] / n
        finally:
            tracemalloc.stop()

    assert peak(lambda rows, ties: cox_slices.maximum_in_slices(rows, ties=ties)) < 70
    assert peak(cox_fit._model) > 300
