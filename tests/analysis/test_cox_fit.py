"""The fit of a Cox model itself: equal to another library's, and none where there is no maximum."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.regression.cox_fit import fit
from analysis.regression.risk_sets import Cases


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("more", [(), ("entry",), ("strata",)])
def test_a_cox_fit_equals_another_librarys(ties: str, more: tuple[str, ...]) -> None:
    """Coefficients, covariance and likelihood ratio are SurPyval's: tied times, counts, delayed entry, strata."""
    from surpyval import CoxPH

    random = np.random.default_rng(12)
    n = 150
    matrix = np.column_stack([random.integers(0, 2, n), random.normal(50.0, 12.0, n)])
    time, entry = random.integers(3, 30, n).astype(float), random.integers(0, 3, n).astype(float)
    event, count, strata = random.integers(0, 2, n), random.integers(1, 4, n).astype(float), random.integers(0, 3, n)
    named = {name: {"entry": entry, "strata": strata}[name] for name in more}
    fitted = fit(Cases(time, event, matrix, count, **named), ties=ties, with_ph=False)
    named = {{"entry": "tl", "strata": "strata"}[name]: values for name, values in named.items()}
    theirs = CoxPH.fit(time, matrix, c=1 - event, n=count.astype(int), tie_method=ties, **named)
    assert fitted is not None and theirs.neg_ll_of is not None
    np.testing.assert_allclose(fitted.coef, theirs.beta, rtol=1e-8)
    np.testing.assert_allclose(fitted.covariance, theirs.covariance(), rtol=1e-8)
    gain = 2.0 * (theirs.neg_ll_of(np.zeros(2)) - theirs.neg_ll_of(fitted.coef))
    assert fitted.likelihood_ratio == pytest.approx(gain, rel=1e-9)


def test_a_maximum_at_infinity_is_none() -> None:
    """The larger the covariate, the earlier the event, without exception: no finite coefficient, and no fit."""
    time, event = np.arange(1.0, 41.0), np.ones(40, dtype=int)
    assert fit(Cases(time, event, -time[:, None], np.ones(40))) is None
