"""docs/imputation.md is executed on the demonstration study, and states what was measured."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from benchmarks.imputation_coverage import FIGURES
from tests.e2e.demonstration import Demonstration, copy_of
from tests.own_rules.test_page import executed
from tests.structure.checkout import ROOT

PAGE = ROOT / "docs" / "imputation.md"


@pytest.mark.long
def test_the_page_shows_what_is_printed(light_study: Demonstration, tmp_path: Path) -> None:
    """Every command on the page prints what stands below it, to the last digit: imputations are reproducible."""
    text = PAGE.read_text(encoding="utf-8")
    assert executed(text, copy_of(light_study, tmp_path).root, lambda: None, "no refresh") == text


NAMES = {
    "nothing missing": "nothing missing",
    "complete cases": "complete cases",
    "imputed": "imputed, 20 times",
    "imputed without the outcome": "imputed without the outcome in the equations",
}


@pytest.mark.long
def test_the_page_states_the_measured_coverage() -> None:
    """The table of coverage holds the figures of benchmarks/imputation_coverage.csv, rounded."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    for method, own in pd.read_csv(FIGURES).groupby("method"):
        by_term = own.set_index("term")
        cells = [NAMES[str(method)]]
        for term in ("margin", "covariate"):
            row = by_term.loc[term]
            cells += [f"{100 * row['coverage']:.1f} %", f"{row['bias'] + 0.0:.3f}", f"{row['width']:.3f}"]
        assert f"| {' | '.join(cells)} |".replace("-0.000", "0.000") in lines, method
