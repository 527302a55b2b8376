"""Technical success, efficacy and complications: who is counted, and who is counted apart."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.estimates.rates import wilson
from analysis.plan.technique import COLUMNS, technique
from analysis.report.blocks import DataTable, Numbering, Paragraph
from analysis.report.sections import technique as section
from analysis.subjects.analysis_frames import AnalysisFrames
from tests.analysis.simulated import registry
from tests.analysis_report.sample import content

NAMES = ["site", "patient_id", "lesion_id", "session_id", "session_date", "technical_success"]
NAMES += ["complication_system", "complication_grade"]
SESSIONS = pd.DataFrame(
    [
        ("a", "P1", "L1", "S1", "2020-01-01", "no", "cirse", "2"),
        ("a", "P1", "L2", "S1", "2020-01-01", "yes", "cirse", "2"),
        ("a", "P1", "L1", "S2", "2020-05-01", "yes", "cirse", None),
        ("b", "P1", "L1", "S1", "2020-01-01", "yes", "sir", "C"),
        ("b", "P2", "L1", "S1", "2020-01-01", "unknown", None, None),
        ("b", "P3", "L1", "S1", "2020-01-01", "yes", "cirse", "3a"),
    ],
    columns=NAMES,
)
LESIONS = pd.DataFrame(
    {
        "site": ["a", "a", "b", "b", "b"],
        "patient_id": ["P1", "P1", "P1", "P2", "P3"],
        "lesion_id": ["L1", "L2", "L1", "L1", "L1"],
        "ltp": [True, False, None, None, False],
        "is_residual": [True, False, True, False, False],
        "max_diameter_mm": 20.0,
    }
)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """The table of five lesions and five sessions at two sites."""
    patients, _, times = registry(3)
    return technique(AnalysisFrames(patients, LESIONS, times, SESSIONS))


def _one(table: pd.DataFrame, quantity: str, stratum: str, **labels: str) -> tuple[int, int, int]:
    own = table[(table["quantity"] == quantity) & (table["stratum"] == stratum)]
    for name, value in labels.items():
        own = own[own[name] == value]
    (row,) = own.to_dict("records")
    return row["n"], row["n_events"], row["n_missing"]


@pytest.mark.parametrize(
    ("quantity", "stratum", "counts"),
    [
        ("technical_success", "overall", (4, 3, 1)),  # of a/P1/L1 the first session counts; b/P2 does not say
        ("technical_success", "a", (2, 1, 0)),
        ("primary_efficacy", "overall", (4, 2, 1)),  # viable first: a/P1/L1 and b/P1/L1; b/P2 was never seen
        ("assisted_efficacy", "overall", (4, 3, 1)),  # a/P1/L1 became adequate
        ("primary_efficacy", "b", (2, 1, 1)),
    ],
)
def test_shares_of_lesions(table: pd.DataFrame, quantity: str, stratum: str, counts: tuple[int, int, int]) -> None:
    """n, events, and those of whom it is not stated or seen."""
    assert _one(table, quantity, stratum) == counts


@pytest.mark.parametrize(
    ("stratum", "scale", "grade", "counts"),
    [
        ("overall", "cirse", "any", (3, 2, 1)),  # S1 of a/P1 has two lesions and counts once
        ("overall", "cirse", "2", (3, 1, 1)),
        ("overall", "cirse", "3a", (3, 1, 1)),
        ("overall", "sir", "C", (1, 1, 1)),
        ("a", "cirse", "any", (2, 1, 0)),
    ],
)
def test_complications_of_sessions(
    table: pd.DataFrame, stratum: str, scale: str, grade: str, counts: tuple[int, int, int]
) -> None:
    """Of the sessions that name the scale; no scale is mapped to another, and a grade is shown as written."""
    assert _one(table, "complication", stratum, term=scale, term_level=grade) == counts


def test_intervals_are_wilsons(table: pd.DataFrame) -> None:
    """Each share is events over n with Wilson's limits."""
    for row in table[table["n"] > 0].to_dict("records"):
        assert row["estimate"] == row["n_events"] / row["n"]
        assert (row["lower"], row["upper"]) == pytest.approx(wilson(row["n_events"], row["n"]))


def test_order_of_rows_does_not_matter(table: pd.DataFrame) -> None:
    """Shuffled sessions and lesions give the same bytes."""
    patients, _, times = registry(3)
    lesions, sessions = (frame.sample(frac=1.0, random_state=1) for frame in (LESIONS, SESSIONS))
    shuffled = AnalysisFrames(patients, lesions, times, sessions)
    pd.testing.assert_frame_equal(technique(shuffled), table, check_exact=True)


@pytest.mark.long
def test_without_sessions_every_share_says_why() -> None:
    """No session and no lesion: the same columns, nulls with a reason, and a sentence on the page."""
    patients, lesions, times = registry(3)
    empty = technique(AnalysisFrames(patients, lesions.iloc[:0], times))
    assert list(empty) == COLUMNS and empty["estimate"].isna().all() and (empty["note"] != "").all() and len(empty)
    (block,) = section.build(content(tables={"technique": empty}), Numbering()).blocks
    assert isinstance(block, Paragraph)


@pytest.mark.long
def test_the_page_shows_scale_and_grade(table: pd.DataFrame) -> None:
    """A line for each share; the scale by its name, the grade as written."""
    (block,) = section.build(content(tables={"technique": table}), Numbering()).blocks
    assert isinstance(block, DataTable)
    names = [str(row.cells[0]) for row in block.rows]
    assert "All, CIRSE: any grade" in names and "Site: B, SIR: grade C" in names
    assert len([row for row in block.rows if not row.is_group]) == len(table)
    (block,) = section.build(content(tables={"technique": table[table["stratum"] != "b"]}), Numbering()).blocks
    assert isinstance(block, DataTable) and not any("Site" in str(row.cells[0]) for row in block.rows)


def test_a_text_that_is_no_grade_is_counted_and_not_shown() -> None:
    """What somebody wrote into the cell stays there: it counts as a complication of another grade."""
    patients, _, times = registry(3)
    written = SESSIONS.assign(complication_grade=["IIIb", "IIIb", None, "Grade 2", None, "bleeding, Mrs Miller"])
    made = technique(AnalysisFrames(patients, LESIONS, times, written))
    own = made[(made["quantity"] == "complication") & (made["grouping"] == "overall")]
    found = {(row["term"], row["term_level"]): row["n_events"] for row in own.to_dict("records")}
    assert found == {
        ("cirse", "any"): 2, ("cirse", "IIIb"): 1, ("cirse", "other"): 1, ("sir", "any"): 1, ("sir", "2"): 1,
    }  # fmt: skip


@pytest.mark.parametrize("word", ["none", "0", "No complication", "keine", "nil", "-", "Clavien-Dindo 0", "grade 0"])
def test_a_word_for_none_is_no_complication(word: str) -> None:
    """A site that fills the cell of an uncomplicated session counts as one that leaves it empty."""
    empty, filled = _counts(SESSIONS), _counts(SESSIONS.assign(complication_grade=_filled(SESSIONS, word)))
    assert filled == empty
    assert empty["cirse", "any"] == (3, 2, 1)


def test_a_word_for_not_known_is_not_none() -> None:
    """'n/a' takes its session out of n and counts it as not stated, unless another lesion's row says."""
    found = _counts(SESSIONS.assign(complication_grade=["2", "n/a", "not recorded", "C", None, "3a"]))
    assert found["cirse", "any"] == (2, 2, 2)


def test_a_grade_without_its_scale_is_not_lost() -> None:
    """It is counted under the unknown scale, and 'none' without a scale counts as stated too."""
    found = _counts(SESSIONS.assign(complication_system=[None, None, None, "sir", None, "cirse"]))
    assert found["unknown", "any"] == (1, 1, 2) and found["cirse", "any"] == (1, 1, 2)


def _filled(sessions: pd.DataFrame, word: str) -> pd.Series:
    is_empty = sessions["complication_grade"].isna() & sessions["complication_system"].notna()
    return sessions["complication_grade"].mask(is_empty, word)


def _counts(sessions: pd.DataFrame) -> dict[tuple[str, str], tuple[int, int, int]]:
    """(scale, grade) -> n, events, not stated, of all sites."""
    patients, _, times = registry(3)
    made = technique(AnalysisFrames(patients, LESIONS, times, sessions))
    own = made[(made["quantity"] == "complication") & (made["grouping"] == "overall")]
    return {
        (row["term"], row["term_level"]): (row["n"], row["n_events"], row["n_missing"])
        for row in own.to_dict("records")
    }
