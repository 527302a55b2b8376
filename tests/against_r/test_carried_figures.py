"""R's figures carried as numbers, on the copy of the lung data that lifelines brings: for a checkout
without ../shared.

The figures are those of R 4.2.2, survival 3.5-3 (lung.json of the reference folder).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.estimates.logrank import logrank
from analysis.estimates.product_limit import quantile, steps, survival_at
from analysis.estimates.rates import compare
from analysis.regression.cox import cox
from analysis.regression.logistic import logistic
from tests.against_r.reference import assert_close


@pytest.fixture(scope="module")
def lung() -> pd.DataFrame:
    """228 patients; status 1 is death in this copy."""
    from lifelines.datasets import load_lung

    return load_lung().rename(columns={"status": "event"})


def test_kaplan_meier(lung: pd.DataFrame) -> None:
    """Survival at a year with its log-log limits, the median, and reverse Kaplan-Meier follow-up."""
    time, event = lung["time"].to_numpy(float), lung["event"].to_numpy(float)
    year = survival_at(steps(time, event), 365)
    assert year["n_at_risk"] == 65
    expected = {"estimate": 0.409241624460064, "lower": 0.338714269088323, "upper": 0.478380767646914}
    for field, figure in (expected | {"std_error": 0.0358236381720378}).items():
        assert_close(year[field], figure, field)
    assert quantile(steps(time, event), 0.5) == (310.0, 284.0, 361.0)
    assert quantile(steps(time, 1.0 - event), 0.5) == (588.0, 511.0, 821.0)


@pytest.mark.parametrize(
    ("grouping", "strata", "chisq", "df"),
    [
        ("sex", None, 10.3267419548856, 1),
        ("sex", "ph.ecog", 10.7950596334964, 1),
        ("ph.ecog", None, 21.962131682476, 3),
    ],
)
def test_logrank(lung: pd.DataFrame, grouping: str, strata: str | None, chisq: float, df: int) -> None:
    """Two groups, four groups, stratified."""
    row = logrank(lung, grouping=grouping, strata=strata, time="time", show_unreliable=True).iloc[0]
    assert_close(row["estimate"], chisq, grouping)
    assert row["df"] == df


def test_cox(lung: pd.DataFrame) -> None:
    """Four covariates with missing cells: coefficients, standard errors, likelihood-ratio, Wald and zph."""
    table = cox(lung, ["age", "sex", "ph.karno", "wt.loss"], time="time")
    model = table.set_index("quantity")
    assert (table["n"] == 214).all() and (table["n_events"] == 152).all()
    ratios = table[table["quantity"] == "hazard_ratio"]
    coef = [0.015139739916359, -0.513955166319401, -0.0128713020813603, -0.00224583323876033]
    std_error = [0.00983700150342394, 0.174409946918199, 0.0061843833867961, 0.0063573146116495]
    zph = [0.90303662187599, 3.24299381847568, 7.98432807158065, 0.00382445206361288]
    for field, figures in (("coef", coef), ("std_error", std_error), ("ph_chi2", zph)):
        np.testing.assert_allclose(ratios[field], figures, rtol=1e-6)
    for quantity, figure in (("lr_chi2", 18.8435738656385), ("wald_chi2", 18.6848742898419)):
        assert_close(model.loc[quantity, "estimate"], figure, quantity)
    assert_close(model.loc["ph_global_chi2", "estimate"], 10.7343927581192, "zph GLOBAL")


def test_logistic(lung: pd.DataFrame) -> None:
    """Coefficients, standard errors and p-values of three covariates."""
    table = logistic(lung, ["age", "sex", "ph.ecog"], event="event").set_index("term")
    for term, coef, std_error, p_value in (
        ("(Intercept)", 0.563440387534936, 1.223003857943, 0.645012382270613),
        ("age", 0.0212276909868772, 0.0176628589425379, 0.229430776975247),
        ("sex", -1.08244664893443, 0.319102091357267, 0.000693429041707493),
        ("ph.ecog", 0.754181511118964, 0.237535391692103, 0.00149822062040338),
    ):
        assert_close(table.loc[term, "coef"], coef, term)
        assert_close(table.loc[term, "std_error"], std_error, term)
        assert_close(table.loc[term, "p_value"], p_value, term)


def test_two_by_two() -> None:
    """Pearson, Yates, Fisher and the sample odds ratio of death by sex."""
    pearson, yates, fisher, ratio = compare([("1", 112, 138), ("2", 53, 90)])
    assert_close(pearson["estimate"], 13.5111746868269, "Pearson")
    assert_close(yates["estimate"], 12.4204061317105, "Yates")
    assert_close(fisher["p_value"], 0.000434914218803277, "Fisher")
    assert_close(ratio["estimate"], 0.332528957528958, "odds ratio")
