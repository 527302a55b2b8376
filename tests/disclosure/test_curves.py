"""Curves that leave are made of midpoint-rounded counts by month, and end while enough are at risk."""

import numpy as np
import pytest

from disclosure.curves import midpoints, rounded_subjects
from schemas.disclosure import MODES
from schemas.thresholds import DAYS_PER_MONTH

SAFE = [mode for mode in MODES.values() if not mode.is_open]
RNG = np.random.default_rng(5)
DAYS = RNG.integers(20, 900, size=150).astype(float)
EVENT = RNG.choice([0.0, 1.0, 2.0], size=150, p=[0.55, 0.35, 0.1])
ONE = np.ones(150)


def test_midpoint_6_is_opensafelys() -> None:
    """1 to 6 becomes 3, 7 to 12 becomes 9, and nobody stays nobody: ceiling(n / 6) * 6 - 3."""
    n = np.arange(0, 61)
    assert midpoints(n, 6).tolist() == [0 if k == 0 else int(np.ceil(k / 6) * 6 - 3) for k in n]


@pytest.mark.parametrize("step", [5, 6, 11])
def test_no_class_is_narrower_than_the_step(step: int) -> None:
    """Also where the total is known, every printed number stands for at least `step` counts, 0 and totals below it
    aside.
    """
    for total in range(step, 90):
        shown = midpoints(np.arange(1, total + 1), step, total)
        _, sizes = np.unique(shown, return_counts=True)
        assert sizes.min() >= step, total
        assert (np.diff(shown) >= 0).all() and shown.max() <= total


@pytest.mark.parametrize("mode", SAFE, ids=lambda mode: mode.name)
def test_times_are_ends_of_months(mode) -> None:
    """No subject keeps a day of their own."""
    made = rounded_subjects(DAYS, EVENT, ONE, mode)
    assert np.allclose(made["days"] % DAYS_PER_MONTH % DAYS_PER_MONTH, 0)


@pytest.mark.parametrize("mode", SAFE, ids=lambda mode: mode.name)
def test_the_subjects_are_as_many_as_are_shown(mode) -> None:
    """Events, losses and those at risk at the end add up to the group's size as it leaves, and none is negative."""
    made = rounded_subjects(DAYS, EVENT, ONE, mode)
    assert made["count"].sum() == mode.rounded(150) and (made["count"] > 0).all()


@pytest.mark.parametrize("mode", SAFE, ids=lambda mode: mode.name)
def test_a_curve_ends_while_more_than_the_limit_are_at_risk(mode) -> None:
    """More than the mode's small count really have a later time than the curve's last."""
    made = rounded_subjects(DAYS, EVENT, ONE, mode)
    assert (made["days"].max() < DAYS).sum() > mode.small
    assert made["count"].iloc[-1] > mode.small


def test_a_small_group_has_no_curve() -> None:
    """Of five patients nothing is drawn."""
    for mode in SAFE:
        assert rounded_subjects(DAYS[:4], EVENT[:4], ONE[:4], mode).empty


@pytest.mark.parametrize("mode", SAFE, ids=lambda mode: mode.name)
def test_one_person_more_changes_nothing_or_a_whole_class(mode) -> None:
    """An event moved by ten days leaves every printed count as it was, or moves it by a class."""
    other = DAYS.copy()
    first = int(np.flatnonzero(EVENT == 1)[0])
    other[first] += 10.0
    counts = [
        rounded_subjects(days, EVENT, ONE, mode).groupby(["days", "event"])["count"].sum() for days in (DAYS, other)
    ]
    changed = counts[0].sub(counts[1], fill_value=0)
    assert all(abs(n) == 0 or abs(n) >= mode.curve_step // 2 for n in changed)


def test_the_curve_is_near_the_true_one() -> None:
    """Of 5,000 subjects the rounded curve is within half a percentage point of Kaplan-Meier at each landmark."""
    from analysis.estimates.product_limit import steps, survival_at

    days = RNG.integers(20, 1500, size=5000).astype(float)
    event = RNG.choice([0.0, 1.0], size=5000, p=[0.6, 0.4])
    true = steps(days, event)
    for mode in SAFE:
        made = rounded_subjects(days, event, np.ones(5000), mode)
        shared = steps(made["days"].to_numpy(), made["event"].to_numpy(), made["count"].to_numpy(float))
        for months in (6, 12, 24, 36):
            at = months * DAYS_PER_MONTH
            assert abs(survival_at(true, at)["estimate"] - survival_at(shared, at)["estimate"]) < 0.005
