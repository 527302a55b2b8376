"""Tests the search for the study's patients: its fits are right, and its moves preserve the counts."""

from __future__ import annotations

import csv
import warnings

import numpy as np
import pandas as pd
import pytest

from tools import search_study as search
from tools.search_models import cox, logistic, logrank_chi2


def _table() -> search.Table:
    """The committed patients as arrays."""
    with search.OUTPUT.open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    return {k: np.array([int(r[k]) for r in rows]) for k in rows[0] if k != "patient_id"}


@pytest.mark.long
def test_logistic_agrees_with_statsmodels() -> None:
    """Coefficients and standard errors equal statsmodels' to 1e-6."""
    from statsmodels.api import Logit, add_constant

    t = _table()
    x = np.column_stack([t[k] for k in search.ALL_TERMS]).astype(float)
    beta, se = logistic(x, t["ltp"].astype(float))
    fitted = Logit(t["ltp"], add_constant(x)).fit(disp=False)
    assert np.allclose(beta, fitted.params[1:], atol=1e-6)
    assert np.allclose(se, fitted.bse[1:], atol=1e-6)


def test_cox_and_logrank_agree_with_lifelines() -> None:
    """Efron's Cox fit agrees to 1e-4, the log-rank chi-square to 1e-8."""
    t = _table()
    x = np.column_stack([t[k] for k in search.ALL_TERMS]).astype(float)
    beta, se = cox(x, t["ltpfs_days"], t["ltp"].astype(float))
    frame = pd.DataFrame(x, columns=list(search.ALL_TERMS)).assign(days=t["ltpfs_days"], ltp=t["ltp"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own deprecations
        from lifelines import CoxPHFitter
        from lifelines.statistics import logrank_test

        fitted = CoxPHFitter().fit(frame, "days", "ltp")
        a, b = frame[frame["kras"] == 1], frame[frame["kras"] == 0]
        chi2 = logrank_test(a["days"], b["days"], a["ltp"], b["ltp"]).test_statistic
    assert np.allclose(beta, fitted.params_, atol=1e-4)
    assert np.allclose(se, fitted.standard_errors_, atol=1e-4)
    assert logrank_chi2(t["kras"], t["ltpfs_days"], t["ltp"]) == pytest.approx(chi2, abs=1e-8)


def test_moves_keep_the_number_of_ltps() -> None:
    """A thousand moves leave 13 and 15 LTPs and no patient with two mutated genes."""
    rng = np.random.default_rng(5)
    table = search.draw(rng)
    for _ in range(1000):
        table = search.move(table, rng)
    assert [int(table["ltp"][table["kras"] == g].sum()) for g in (0, 1)] == [13, 15]
    assert (table["kras"] + table["nras"] + table["braf"]).max() == 1


def test_committed_patients_are_close_to_the_published_study() -> None:
    """The committed table keeps every count of the search and scores as the search does."""
    t = _table()
    reached = {g: int(((t["kras"] == g) & (t["ltpfs_days"] >= search.TWELVE_MONTHS_DAYS)).sum()) for g in (0, 1)}
    assert reached == search.N_REACHED_12
    assert search.score(t) < 1.5


def test_separated_data_are_refused() -> None:
    """A term that predicts LTP perfectly has no finite estimate, and the fits say so."""
    x = np.r_[np.zeros(20), np.ones(20)][:, None]
    y = x[:, 0]
    for fit in (lambda: logistic(x, y), lambda: cox(x, np.arange(1, 41), y)):
        with pytest.raises(np.linalg.LinAlgError):
            fit()
