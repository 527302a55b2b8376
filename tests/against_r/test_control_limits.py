"""The limits and signals of control charts are those of R's qcc 2.7, and those of funnels R's qbinom.

The figures are carried (carried/charts.csv), made by carried/charts.R on R 4.2.2.
"""

from __future__ import annotations

import csv
from collections import defaultdict

import pytest

from analysis.estimates.funnel_limits import Centre, limits, outside, pooled_share
from tests.against_r.carried import FOLDER
from tests.against_r.reference import TOLERANCE
from warehouse.control.p_chart import BEYOND, RUN, center_of, p_chart

Line = dict[str, str]


def carried() -> dict[str, list[Line]]:
    """The lines of each case."""
    found: dict[str, list[Line]] = defaultdict(list)
    with (FOLDER / "charts.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            found[line["case"]].append(line)
    return found


CASES = carried()
CHARTS = [name for name in CASES if not name.startswith("funnel")]
FUNNELS = [name for name in CASES if name.startswith("funnel")]


def counts(case: str) -> list[tuple[int, int]]:
    """What the case counts."""
    return [(int(line["with"]), int(line["of"])) for line in CASES[case]]


@pytest.mark.parametrize("case", CHARTS)
def test_a_chart_is_that_of_qcc(case: str) -> None:
    """Center and limits agree to 1e-6, and the same samples are signals, of the same kind: with equal and unequal
    sizes, shares near 0 and 1, runs of six, seven and nine, and a share on the center.
    """
    center = center_of(counts(case))
    assert center is not None
    points = p_chart(counts(case), center)
    for point, line in zip(points, CASES[case], strict=True):
        assert center == pytest.approx(float(line["center"]), abs=TOLERANCE)
        assert (point.lower, point.upper) == pytest.approx((float(line["lower"]), float(line["upper"])), abs=TOLERANCE)
        assert point.signal == line["signal"], (case, line["place"])


def test_the_carried_cases_show_what_they_should() -> None:
    """Each kind of signal is carried, and a run is one from its seventh sample on."""
    signals = {name: [line["signal"] for line in CASES[name]] for name in CHARTS}
    assert signals["run_of_six"] == [""] * 14
    assert [place for place, signal in enumerate(signals["run_of_seven"]) if signal] == [6, 13]
    assert [place for place, signal in enumerate(signals["run_of_nine"]) if signal] == [6, 7, 8, 15, 16, 17]
    assert {RUN, BEYOND} <= {signal for found in signals.values() for signal in found}
    assert set(signals["center_ends_run"]) == {""}


def test_a_sample_of_nobody_has_no_share_and_ends_no_run() -> None:
    """It stands in the series without limits. Six samples on one side before it and one behind are a run of seven; in
    qcc, whose share is then not a number, it would end the run.
    """
    above = [(11, 20)] * 6
    points = p_chart([*above, (0, 0), (11, 20)], 0.5)
    assert (points[6].share, points[6].lower, points[6].upper, points[6].signal) == (None, None, None, "")
    assert [point.signal for point in points] == ["", "", "", "", "", "", "", RUN]
    assert center_of([(0, 0)]) is None


@pytest.mark.parametrize("case", FUNNELS)
def test_limits_of_funnels_are_binomial_quantiles(case: str) -> None:
    """The smallest and the largest count inside are qbinom's, also for shares of 0 and 1 and a single case."""
    level = float(case.removeprefix("funnel_"))
    for line in CASES[case]:
        lower, upper = limits([int(line["of"])], float(line["center"]), level)
        assert (lower[0], upper[0]) == (int(line["lower"]), int(line["upper"])), line


def test_a_centre_is_outside_by_its_count() -> None:
    """On the limit is inside; one case further is outside, of the narrower limits or of both."""
    (low,), (high,) = limits([100], 0.25, 0.95)
    (lowest,), (highest,) = limits([100], 0.25, 0.998)
    expected = {low: 0.0, low - 1: 0.95, high: 0.0, high + 1: 0.95, lowest: 0.95, lowest - 1: 0.998, highest + 1: 0.998}
    for k, level in expected.items():
        assert outside(Centre("a", int(k), 100), 0.25, (0.95, 0.998)) == level, k
    assert pooled_share([Centre("a", 1, 4), Centre("b", 0, 0), Centre("c", 2, 8)]) == 0.25
    with pytest.raises(ValueError, match="no centre"):
        pooled_share([Centre("a", 0, 0)])
