"""Which library makes which figure, and what lifelines would have made of it: docs/decisions/0003, figure by figure."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from tests.against_r import render
from tests.against_r.compare import MADE_BY
from tests.against_r.passed_over import lifelines_pairs
from tests.against_r.reference import TOLERANCE

ROOT = Path(__file__).parents[2]
DECISION = ROOT / "docs" / "decisions" / "0003-which-library-makes-which-figure.md"
RIGHT_BUT_NOT_USED = {
    "Kaplan-Meier estimate, log-log limits",  # the same sums in a tenth of the time and less (0035)
    "log-rank",
    "restricted mean",  # one sum with its variance, which is wrong
    "Cox coefficient",  # Efron's ties only, and nothing right that follows from the fit
    "Cox model standard error",
    "Cox likelihood ratio",
    "Schoenfeld residuals",
    "Cox model with time-varying covariates",  # without clusters and the test of proportionality
}
FIGURE, MADE, DEVIATION, LIFELINES, WHY = range(5)


@pytest.fixture(scope="module")
def rows() -> list[list[str]]:
    """The cells of the decision's table."""
    lines = [line for line in DECISION.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.fixture(scope="module")
def of_lifelines() -> dict[str, float]:
    """Figure that another makes -> the largest deviation of lifelines' own."""
    found: dict[str, float] = {}
    for pair in lifelines_pairs():
        found[pair.figure] = max(pair.deviation, found.get(pair.figure, 0.0))
    return found


@pytest.mark.long
def test_lifelines_is_passed_over_where_it_is_wrong(of_lifelines: dict[str, float]) -> None:
    """A figure that lifelines gives and another makes is off by more than the tolerance, or named here."""
    right = {figure for figure, deviation in of_lifelines.items() if deviation <= TOLERANCE}
    assert right == RIGHT_BUT_NOT_USED
    assert "lifelines" not in MADE_BY.values()


def test_the_decision_has_every_figure(rows: list[list[str]]) -> None:
    """One row a figure, with who makes it as the tests know it, and its largest deviation as it was measured."""
    assert {row[FIGURE]: row[MADE] for row in rows} == MADE_BY
    kept = pd.read_csv(render.KEPT).groupby("figure")["largest"].max()
    assert {row[FIGURE]: row[DEVIATION] for row in rows} == {figure: render.rounded(kept[figure]) for figure in MADE_BY}


@pytest.mark.long
def test_the_decision_has_lifelines_own_deviations(rows: list[list[str]], of_lifelines: dict[str, float]) -> None:
    """Measured to within a factor of 3, or none; rounding errors are only not larger than stated."""
    for row in rows:
        figure, stated = row[FIGURE], row[LIFELINES]
        if figure not in of_lifelines:
            assert stated == "none", figure
            continue
        measured = of_lifelines[figure]
        assert measured <= max(3.0 * float(stated), 1e-9), (figure, measured)
        assert measured >= float(stated) / 3.0 or float(stated) <= TOLERANCE, (figure, measured)


def test_the_decision_names_the_versions(rows: list[list[str]]) -> None:
    """The libraries of the table are those of the lock."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    text = DECISION.read_text(encoding="utf-8")
    for name in ("lifelines", "SurPyval", "statsmodels", "firthmodels", "scipy"):
        locked = re.findall(rf"^{name.lower()}==([\d.]+)", lock, re.MULTILINE)
        assert any(f"{name} {version}" in text for version in locked), name
        assert name == "lifelines" or any(name in row[MADE] for row in rows), name
