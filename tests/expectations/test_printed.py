"""What `registry suite try` prints of a figure: the figure, the rows below it, and the limits it is held against."""

from __future__ import annotations

import pytest

from orchestration.cli.suite import _said
from warehouse.expectations.home_suites import Verdict
from warehouse.expectations.stated_expectation import Stated

MEAN, ROWS = "expect_column_mean_to_be_between", "expect_table_row_count_to_be_between"
LARGEST = "expect_column_max_to_be_between"


@pytest.mark.parametrize(
    ("kind", "severity", "observed", "low", "high", "said"),
    [
        (MEAN, "warning", 14.9431, 8, 12, ": 14.9431 over 246 rows, expected 8 to 12"),
        (MEAN, "warning", 14.9431, 8, None, ": 14.9431 over 246 rows, at least 8"),
        (MEAN, "warning", 14.9431, None, 12, ": 14.9431 over 246 rows, at most 12"),
        (ROWS, "gate", 246, 250, 250, ": 246, expected 250; it is a gate"),
        (LARGEST, "warning", None, None, 20, ": over 246 rows"),  # it may be one patient's and is not shown
    ],
)
def test_a_figure_stands_beside_its_limits(
    kind: str, severity: str, observed: float | None, low: float | None, high: float | None, said: str
) -> None:
    """A mean that is not met is printed with what it should be, and never as a part of the rows."""
    stated = Stated("house", "clean.rfa_sessions", "one", kind, {}, "", severity)
    assert _said(Verdict(stated, "failed", n_rows=246, observed=observed, low=low, high=high)) == said
