"""The split of a movement: its parts add up, whatever the numbers, and what is missing stays missing."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.plan.estimate_changes import FIGURES, PARTS, Estimate, estimates_of, movements

RATE = FIGURES[0]
SHARES = st.floats(0, 1, allow_nan=False)


def rate_table(share: float) -> pd.DataFrame:
    """The row of analysis.ltp_rates that holds the share of all patients."""
    row = {"level": "patient", "grouping": "overall", "stratum": "overall", "quantity": "rate"}
    return pd.DataFrame([row | {"estimate": share, "n": 10, "n_events": 3}])


@pytest.mark.long
@settings(derandomize=True, deadline=None, database=None)
@given(st.lists(SHARES, min_size=5, max_size=5))
def test_printed_parts_add_up(shares: list[float]) -> None:
    """Of any five estimates the printed parts add up to the printed movement, with no rest from rounding."""
    moved = movements(*(estimates_of([rate_table(share)]) for share in shares))[0]
    assert moved.parts is not None and tuple(moved.parts) == PARTS
    assert sum(moved.parts.values()) == moved.total == moved.after.value - moved.before.value
    printed = [Decimal(f"{100 * part:.2f}") for part in moved.parts.values()]
    assert sum(printed) == Decimal(f"{100 * moved.total:.2f}")
    assert abs(moved.total - Decimal(shares[4] - shares[0])) <= Decimal("0.0001")


def test_without_the_steps_between_there_is_no_split() -> None:
    """If the states in between are not known, only the total movement is given."""
    first, last = (estimates_of([rate_table(share)]) for share in (0.2, 0.3))
    moved = movements(first, None, None, None, last)[0]
    assert moved.parts is None and moved.total == Decimal("0.1000")


def test_an_estimate_that_is_missing_on_the_way_is_not_split() -> None:
    """A step without an estimate leaves the total movement unsplit; an end without an estimate leaves none."""
    first, last = (estimates_of([rate_table(share)]) for share in (0.2, 0.3))
    lacking = {RATE: Estimate()}
    assert movements(first, lacking, last, last, last)[0].parts is None
    assert movements(first, lacking, last, last, last)[0].total == Decimal("0.1000")
    gone = movements(first, first, first, lacking, lacking)[0]
    assert gone.total is None and gone.parts is None and gone.before.value == Decimal("0.2000")


def test_other_rows_are_not_taken_for_a_main_estimate() -> None:
    """A share of lesions, a sample odds ratio of the 2x2 table and a univariable ratio are no main estimates."""
    of_lesions = rate_table(0.5).assign(level="lesion")
    crude = rate_table(2.0).assign(grouping="kras", stratum="", quantity="odds_ratio")
    row = {"cohort": "all", "analysis": "univariable", "endpoint": "LTP", "term": "kras", "term_level": "mutant"}
    alone = pd.DataFrame([row | {"quantity": "odds_ratio", "estimate": 2.0, "n": 10, "n_events": 3}])
    assert set(estimates_of([of_lesions, crude, alone]).values()) == {Estimate()}
    both = estimates_of([alone, alone.assign(analysis="multivariable", estimate=3.0)])
    assert both[FIGURES[-1]].value == Decimal("3.000")
