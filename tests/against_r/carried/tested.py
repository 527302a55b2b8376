"""Logistic models of the carried lesions put to the test: the registry's figures under the names of logistic.R."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.validation.logistic_model import AUC, BRIER, INTERCEPT, SLOPE, Statuses, risks_of, tested
from tests.against_r.carried.scores import COLUMNS, DRAWS

OPTIMISM = (AUC, BRIER, INTERCEPT, SLOPE)


def tested_figures(lesions: pd.DataFrame) -> dict[str, float]:
    """Of the first lesion of each patient by maximum likelihood, and of all lesions by estimating equations."""
    first = lesions.drop_duplicates("patient")
    return _of(first, "patients", is_clustered=False) | _of(lesions, "lesions", is_clustered=True)


def _of(d: pd.DataFrame, name: str, *, is_clustered: bool) -> dict[str, float]:
    draws, outcome = pd.read_csv(DRAWS), d["ltp"].to_numpy(float)
    codes = pd.factorize(d["patient"])[0]
    statuses = Statuses(outcome, d[COLUMNS].to_numpy(float), codes, is_clustered)
    found = tested(statuses, (draws[sample].to_numpy() for sample in draws))
    assert found is not None and found.n_failed == 0
    risk = risks_of(found.score)
    group = np.searchsorted(np.quantile(risk, (1 / 3, 2 / 3)), risk, side="right")
    size = np.bincount(group)
    shares = [np.bincount(group, weights=values) / size for values in (outcome, risk)]
    parts = {
        "apparent": [found.apparent[figure, 0.0, 0] for figure in (AUC, BRIER)],
        "groups": np.concatenate(shares),
        "optimism": [found.optimism[figure, 0.0, 0] for figure in OPTIMISM],
    }
    return {
        f"tested.{name}.{part}.{i}": float(v) for part, values in parts.items() for i, v in enumerate(values, start=1)
    }
