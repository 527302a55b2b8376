"""Labels, order and the examples in the analysis room's docstrings."""

from __future__ import annotations

import doctest
import importlib

import numpy as np
import pandas as pd
import pytest

from analysis.tidy import stratum_labels, stratum_order


@pytest.mark.parametrize("name", ["tidy", "guards", "estimates.rates", "plan.analysis_plan"])
def test_examples_hold(name: str) -> None:
    """The docstring examples show what the functions return."""
    found = doctest.testmod(importlib.import_module(f"analysis.{name}"))
    assert found.attempted > 0 and found.failed == 0


def test_labels_of_every_kind_of_column() -> None:
    """Booleans, nullable booleans, numbers and text with gaps become text, missing is unknown."""
    assert stratum_labels(pd.Series([True, None, False], dtype=object)).tolist() == [
        "true",
        "unknown",
        "false",
    ]
    assert stratum_labels(pd.Series([True, pd.NA], dtype="boolean")).tolist() == ["true", "unknown"]
    assert stratum_labels(pd.Series([2.0, np.nan])).tolist() == ["2", "unknown"]
    assert stratum_labels(pd.Series(["mutant", " ", None])).tolist() == ["mutant", "unknown", "unknown"]


def test_unknown_comes_last() -> None:
    """The reference comes first and unknown last, whatever the order of the data."""
    assert stratum_order(["unknown", "zebra", "mutant", "wild_type"]) == [
        "wild_type",
        "mutant",
        "zebra",
        "unknown",
    ]
