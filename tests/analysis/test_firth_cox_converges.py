"""Firth's Cox model has a finite maximum, and the release finds it, where the library's steps end in the last digit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar

from analysis.regression.firth_cox import firth_cox

SEEDS = (*range(6), 132, 145, 199)
"""In the last three no step of the library raises the likelihood to 1e-8 any more."""


def penalised(coef: float, time: np.ndarray, event: np.ndarray, exposed: np.ndarray) -> float:
    """Minus the log partial likelihood (no ties), less half the log of the information."""
    risk, total, information = np.exp(coef * exposed), 0.0, 0.0
    for t in time[event == 1]:
        at_risk = time >= t
        share = (risk * exposed)[at_risk].sum() / risk[at_risk].sum()
        total += coef * exposed[time == t].sum() - np.log(risk[at_risk].sum())
        information += share * (1.0 - share)
    return float(-total - 0.5 * np.log(information))


def test_an_estimate_is_given_in_every_small_registry() -> None:
    """In registries with some ten events, of those exposed often none, each ratio is at the maximum of the penalised
    likelihood and has limits: none is called not estimable.
    """
    n_none = 0
    for seed in SEEDS:
        random = np.random.default_rng([4711, seed])
        exposed = (random.random(120) < 0.2).astype(float)
        to_event, ends = random.exponential(250.0 * np.exp(0.7 * exposed)), random.uniform(12.0, 36.0, 120)
        time, event = np.minimum(to_event, ends), (to_event <= ends).astype(int)
        n_none += not event[exposed == 1.0].any()
        frame = pd.DataFrame({"days": time, "event": event, "exposed": exposed})
        row = firth_cox(frame, ["exposed"], show_unreliable=True).iloc[0]
        assert row[["coef", "lower", "upper", "p_value"]].notna().all(), seed
        best = minimize_scalar(penalised, bounds=(-8.0, 4.0), args=(time, event, exposed), options={"xatol": 1e-7})
        assert row["coef"] == pytest.approx(best.x, abs=1e-5), seed
    assert n_none >= 3
