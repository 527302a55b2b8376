"""Shares, intervals and 2x2 tests: the regression fixtures of docs/demonstration-study.md, and what must be
refused.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.estimates.rates import compare, rates, wilson


@pytest.mark.parametrize(
    ("first", "second", "chi2", "p_value"),
    [
        ((54, 71), (25, 49), 8.079, 0.00448),  # the study's "actuarial" rates as crude shares
        ((13, 71), (15, 49), 2.453, 0.1173),  # the study's LTP
        ((8, 56), (14, 36), None, 0.00693),  # Odisio, patients
        ((8, 82), (20, 72), None, 0.0038),  # Jiang, lesions, unclustered
    ],
)
def test_published_comparisons(
    first: tuple[int, int], second: tuple[int, int], chi2: float | None, p_value: float
) -> None:
    """Pearson's uncorrected test gives the figures computed for the literature."""
    pearson = compare([("wild_type", *first), ("mutant", *second)])[0]
    if chi2 is not None:
        assert round(pearson["estimate"], 3) == chi2
    digits = len(str(p_value)) - 2
    assert round(pearson["p_value"], digits) == p_value


def test_other_p_values_of_the_headline() -> None:
    """The published .004 is the uncorrected one: Yates gives .0081, Fisher .0061."""
    _, yates, fisher, _ = compare([("wild_type", 54, 71), ("mutant", 25, 49)])
    assert round(yates["p_value"], 4) == 0.0081
    assert round(fisher["p_value"], 4) == 0.0061


def test_odds_ratio_of_ltp() -> None:
    """Mutant against wild-type 1.968, with Woolf's interval as statsmodels gives it."""
    from statsmodels.stats.contingency_tables import Table2x2

    ratio = compare([("wild_type", 13, 71), ("mutant", 15, 49)])[3]
    expected = Table2x2(np.array([[15, 34], [13, 58]]))
    assert round(ratio["estimate"], 3) == 1.968
    np.testing.assert_allclose((ratio["lower"], ratio["upper"]), expected.oddsratio_confint(), rtol=1e-9)


@pytest.mark.parametrize(("k", "n"), [(0, 7), (7, 7), (1, 3), (15, 49), (13, 71)])
def test_wilson_equals_scipy(k: int, n: int) -> None:
    """The interval is Wilson's, and stays within 0 and 1."""
    expected = stats.binomtest(k, n).proportion_ci(method="wilson")
    np.testing.assert_allclose(wilson(k, n), (expected.low, expected.high), rtol=1e-9, atol=1e-15)


def test_unknown_is_shown_and_not_tested() -> None:
    """An unknown genotype has a rate of its own, and the tests count who was left out."""
    frame = pd.DataFrame({"kras": ["wild_type", "mutant", "unknown", None] * 5, "ltp": [True, False, True, False] * 5})
    table = rates(frame, grouping="kras", level="patient")
    shown = table[table["quantity"] == "rate"]
    assert shown["stratum"].tolist() == ["wild_type", "mutant", "unknown"]
    assert shown["n"].tolist() == [5, 5, 10]
    tests = table[table["quantity"] != "rate"]
    assert (tests["n"] == 10).all() and tests["note"].str.contains("10 with unknown kras left out").all()


def test_null_outcomes_are_not_counted() -> None:
    """A patient without an evaluable lesion is in no denominator."""
    frame = pd.DataFrame({"ltp": pd.Series([True, False, None, None], dtype=object)})
    assert rates(frame)[["n", "n_events"]].to_numpy().tolist() == [[2, 1]]


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ([("wild_type", 0, 5), ("mutant", 0, 4)], "no events"),
        ([("wild_type", 5, 5), ("mutant", 4, 4)], "every subject has the event"),
        ([("wild_type", 2, 5)], "only one group"),
        ([], "no subjects"),
    ],
)
def test_what_cannot_be_compared(counts: list[tuple[str, int, int]], reason: str) -> None:
    """Such a comparison has no estimate and no p-value, and says why."""
    for row in compare(counts):
        assert row.get("estimate") is None and row.get("p_value") is None
        assert reason in row["note"]


@pytest.mark.parametrize(
    ("counts", "note"),
    [
        ([("a", 20, 40), ("b", 25, 50), ("c", 10, 30)], ""),
        ([("a", 20, 40), ("b", 25, 50), ("c", 2, 8)], "2 of 6"),
        ([("a", 20, 40), ("b", 2, 7), ("c", 2, 6)], "4 of 6 expected counts are below 5: unreliable"),
        ([("a", 20, 400), ("b", 25, 500), ("c", 10, 300), ("d", 1, 12)], "1 of 8"),
        ([("a", 20, 400), ("b", 20, 400), ("c", 20, 400), ("d", 20, 400), ("e", 3, 60)], ""),
        ([("a", 30, 40), ("b", 2, 40)], ""),
        ([("a", 3, 40), ("b", 2, 40)], "prefer Fisher's test"),
    ],
)
def test_few_expected_are_said(counts: list[tuple[str, int, int]], note: str) -> None:
    """Of many groups, more than a fifth of the expected counts below 5, or any below 1; of two groups, any below 5."""
    pearson = compare(counts)[0]
    assert pearson["p_value"] > 0
    assert note in pearson["note"] if note else pearson["note"] == ""


def test_an_empty_cell_has_no_odds_ratio_interval() -> None:
    """With an empty cell the interval is null, and a ratio with 0 below is null too."""
    ratio = compare([("wild_type", 0, 5), ("mutant", 2, 4)])[3]
    assert ratio["estimate"] is None and "lower" not in ratio
    assert "a cell of the table is empty" in ratio["note"]
