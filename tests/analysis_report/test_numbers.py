"""Numbers and words as they are printed."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from analysis.report import labels, numbers
from analysis.report.blocks import Footnotes


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (0.00448, "0.004"),
        (0.0004, "<0.001"),
        (0.0, "<0.001"),
        (0.001, "0.001"),
        (1.0, "1.000"),
        (None, "–"),
        (math.nan, "–"),
    ],
)
def test_p_values_have_three_decimals(value: float | None, printed: str) -> None:
    """Three decimals, '<0.001' below, an en dash where there is none."""
    assert numbers.p_value(value) == printed


@pytest.mark.parametrize(
    ("values", "printed"),
    [
        ((3.97, 1.65, 9.55), "3.97 (1.65–9.55)"),
        ((4.35, 1.47, 12.86), "4.35 (1.47–12.9)"),
        ((0.05, 0.0001, 25000.0), "0.050 (<0.001–>1000)"),
        ((2.0, None, None), "2.00"),
        ((None, None, None), "–"),
        ((math.inf, 0.1, math.inf), "–"),
        ((0.0, None, None), "0"),
        ((0.0001, None, None), "<0.001"),
    ],
)
def test_ratios(values: tuple[float | None, ...], printed: str) -> None:
    """Ratios with their interval; absurdly wide limits are cut; an infinite estimate is none, and 0 is 0."""
    assert numbers.ratio_interval(*values) == printed


@pytest.mark.parametrize("value", [None, math.nan, pd.NA, pd.NaT])
def test_every_kind_of_missing_is_missing(value: object) -> None:
    """None, NaN, NA and NaT print as an en dash."""
    assert numbers.count(value) == numbers.percent(value) == numbers.MISSING


def test_a_limit_that_is_not_reached_is_said_so() -> None:
    """A median with an open upper limit."""
    assert numbers.months_interval(24.04, 14.5, None) == "24.0 (14.5–NR)"
    assert numbers.months_interval(24.04, None, None) == "24.0"


def test_terms_read_as_a_clinician_says_them() -> None:
    """Genotype and diameter terms need no reference; other factors name theirs."""
    assert labels.term("kras", "mutant", "wild_type") == "KRAS mutant"
    assert labels.term("diameter_ge_30", "true", "false") == "Diameter ≥\u00a030\u00a0mm"
    assert labels.term("primary_site", "rectum", "left_colon") == "Primary tumour: rectum (versus left colon)"
    assert labels.term("cea_ng_ml") == "cea ng ml"


def test_codes_in_notes_become_words() -> None:
    """Column names and values in a note are replaced by what they mean; other text stays."""
    assert labels.remark("2 with unknown kras left out") == "2 with unknown KRAS left out"
    assert labels.remark("no event with nras wild_type") == "no event with NRAS wild-type"
    assert labels.remark(None) == ""


def test_footnotes_share_letters() -> None:
    """The same remark gets the same letter; a text of several remarks gets several."""
    footnotes = Footnotes()
    assert [footnotes.mark("one"), footnotes.mark("two; one"), footnotes.mark("")] == ["a", "b,a", ""]
    assert footnotes.items() == [("a", "one"), ("b", "two")]


def test_an_unusual_release_id_is_printed_as_it_is() -> None:
    """Only ids of the contract's form are turned into a time."""
    assert numbers.release_time("test") == "test"
