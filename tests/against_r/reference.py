"""R's figures and their data sets, read from ../shared/reference; and how two figures are compared."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

BESIDE = Path(__file__).resolve().parents[2].parent / "shared" / "reference"
REFERENCE = Path(os.environ.get("R_REFERENCE", BESIDE))
# No figure may deviate from R's by more. Where |z| is large, a p-value amplifies the last digits of z (R
# stops its iterations at 1e-9 of the likelihood): p-values are compared as the chi-square quantile they
# stand for.
TOLERANCE = 1e-6
DATA_SETS = ("lung", "colon_death", "retinopathy", "bladder", "mgus2_competing")


def load(name: str) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """The data set prepared as its JSON says, and R's analyses of it; skips where the folder is absent."""
    if not REFERENCE.is_dir():
        folder = f"{REFERENCE.parent.name}/{REFERENCE.name}"
        pytest.skip(f"R's figures are not here: no folder {folder} beside the checkout")
    held = json.loads((REFERENCE / f"{name}.json").read_text(encoding="utf-8"))
    csv = {"colon_death": "colon.csv"}.get(name, f"{name}.csv")
    return prepare(name, pd.read_csv(REFERENCE / csv)), held["analyses"]


def prepare(name: str, data: pd.DataFrame) -> pd.DataFrame:
    """The preparation that each JSON names."""
    if name == "lung":
        return data.assign(event=(data["status"] == 2).astype(int))
    if name == "colon_death":
        return data[data["etype"] == 2]
    if name == "retinopathy":
        return data.assign(juvenile=(data["type"] == "juvenile").astype(int))
    if name in ("bladder", "bladder_all", "bladder2"):
        return data[data["enum"] == 1] if name == "bladder" else data
    cause = data["ev"].map({"censor": 0, "pcm": 1, "death": 2})
    return data.assign(cause=cause, pcm1=(cause == 1).astype(int), dth1=(cause == 2).astype(int))


def of_kind(analyses: list[dict[str, Any]], *kinds: str) -> list[dict[str, Any]]:
    """The analyses of the given kinds, at least one."""
    found = [analysis for analysis in analyses if analysis["kind"] in kinds]
    assert found, f"no analysis of kind {kinds}"
    return found


def group(data: pd.DataFrame, name: str) -> pd.DataFrame:
    """The rows of one group as R labels it: ``all`` or ``column=value``."""
    if name == "all":
        return data
    column, value = name.split("=", 1)
    return data[data[column].astype(str) == value]


def assert_close(ours: Any, theirs: Any, what: str) -> None:
    """Both not estimable, or equal within the tolerance."""
    if theirs is None:
        assert ours is None or not np.isfinite(ours), f"{what}: R has none, here {ours}"
        return
    assert ours is not None and np.isfinite(ours), f"{what}: R has {theirs}, here none"
    assert abs(ours - theirs) <= TOLERANCE * max(abs(theirs), 1e-12), f"{what}: {ours} against R's {theirs}"


def assert_p_close(ours: float, theirs: float, df: int, what: str) -> None:
    """Two p-values, compared as chi-square quantiles on ``df`` degrees of freedom."""
    from scipy.stats import chi2

    assert_close(float(chi2.isf(ours, df)), float(chi2.isf(theirs, df)), what)
