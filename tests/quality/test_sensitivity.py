"""Tests the sensitivity analyses for data quality and maturity, and the flags they use."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest

from analysis.plan import analysis_plan
from analysis.plan.follow_up import maturity
from analysis.plan.quality_sensitivity import VARIANTS, quality_sensitivity
from analysis.subjects.analysis_frames import AnalysisFrames
from tests.analysis.simulated import Frames, registry
from warehouse.clean.lesions import create_clean_tables
from warehouse.derived.completeness import patient_quality_flags

FLAGGED = "without flagged"


@pytest.fixture(scope="module")
def frames() -> Frames:
    """A registry of 300 patients."""
    return registry(300)


def flags_of(frames: Frames, flagged: int) -> pd.DataFrame:
    """The first `flagged` patients carry a flag; nobody has anything set aside."""
    patients = frames[0]
    number = np.arange(len(patients))
    return pd.DataFrame({"patient": number, "has_flags": number < flagged, "has_set_aside": False})


def sensitivity(frames: Frames, flagged: int) -> pd.DataFrame:
    """The table with that many flagged patients."""
    return quality_sensitivity(AnalysisFrames(*frames), flags_of(frames, flagged))


@pytest.mark.long
def test_all_patients_give_the_registrys_own_estimates(frames: Frames) -> None:
    """The first variant repeats the published analyses to the digit."""
    found = sensitivity(frames, 50)
    own = found[found["variant"] == "all"]
    published_from = AnalysisFrames(*frames)
    for quantity, name, wanted in (
        ("rate", "ltp_rates", "level == 'patient' and grouping == 'kras'"),
        ("survival_12m", "km_summary", "endpoint == 'LTPFS' and level == 'patient' and grouping == 'kras'"),
        ("hazard_ratio", "cox", "endpoint == 'LTPFS' and analysis == 'multivariable' and term == 'kras'"),
        ("odds_ratio", "logistic", "cohort == 'all' and analysis == 'multivariable' and term == 'kras'"),
    ):
        published = analysis_plan.TABLES[name](published_from).query(f"quantity == '{quantity}' and {wanted}")
        shown = own[(own["quantity"] == quantity) & (own["grouping"] != "overall")]
        columns = ["n", "n_events", "estimate", "lower", "upper"]
        pd.testing.assert_frame_equal(shown[columns].reset_index(drop=True), published[columns].reset_index(drop=True))


@pytest.mark.long
def test_a_variant_is_the_registry_without_those_patients(frames: Frames) -> None:
    """Leaving out flagged patients equals a registry that never had them, and the difference is to all."""
    found = sensitivity(frames, 80)
    kept = set(frames[0]["patient_id"].iloc[80:])
    fewer = tuple(frame[frame["patient_id"].isin(kept)] for frame in frames)
    alone = quality_sensitivity(AnalysisFrames(*fewer), flags_of(fewer, 0))
    own = found[found["variant"] == FLAGGED].reset_index(drop=True)
    left_out = ["variant", "difference"]
    expected = alone[alone["variant"] == "all"].reset_index(drop=True)
    pd.testing.assert_frame_equal(own.drop(columns=left_out), expected.drop(columns=left_out))
    whole = found[found["variant"] == "all"]["estimate"].to_numpy()
    np.testing.assert_allclose(own["difference"], own["estimate"] - whole)


def test_a_ratio_of_too_few_events_is_shown_of_all_patients_only(frames: Frames) -> None:
    """The published model is repeated once; that of the patients that remain is withheld below 5 events a variable."""
    with_event = frames[2].query("endpoint == 'LTPFS' and level == 'patient' and event == 1")["patient_id"]
    is_flagged = frames[0]["patient_id"].isin(set(with_event.iloc[8:])).to_numpy()
    found = quality_sensitivity(AnalysisFrames(*frames), flags_of(frames, 0).assign(has_flags=is_flagged))
    ratios = found[found["quantity"].isin(["hazard_ratio", "odds_ratio"])].groupby("variant")["estimate"].count()
    assert ratios["all"] == 2 and ratios[FLAGGED] == 0
    assert found[found["variant"] == FLAGGED]["estimate"].notna().any()


def test_without_marks_nothing_moves(frames: Frames) -> None:
    """Where nobody is flagged every variant is that of all patients, and every difference is zero."""
    found = sensitivity(frames, 0)
    assert (found["difference"].dropna() == 0).all() and found["difference"].notna().sum() >= 3 * 8


@pytest.mark.long
def test_a_patient_who_is_not_among_the_marks_carries_none(frames: Frames) -> None:
    """An empty frame of flags leaves nobody out."""
    found = quality_sensitivity(AnalysisFrames(*frames), flags_of(frames, 0).iloc[:0])
    pd.testing.assert_frame_equal(found, sensitivity(frames, 0))


@pytest.mark.parametrize("n", [0, 1, 300])
def test_the_rows_are_the_same_in_every_variant(frames: Frames, n: int) -> None:
    """Also where few or no patients are left: a null estimate says why, and has no difference."""
    found = sensitivity(frames, 300 - n)
    names = ["endpoint", "grouping", "stratum", "term", "quantity"]
    parts = [found[found["variant"] == variant][names].reset_index(drop=True) for variant, _ in VARIANTS]
    for part in parts[1:]:
        pd.testing.assert_frame_equal(part, parts[0])
    is_null = found["estimate"].isna()
    assert (found.loc[is_null, "note"] != "").all() and found.loc[is_null, "difference"].isna().all()
    assert is_null.any() == (n < 300)


def test_an_empty_registry_gives_null_estimates(frames: Frames) -> None:
    """Without patients there are no shares by KRAS, and what is there says that there is nobody."""
    empty = tuple(frame.iloc[:0] for frame in frames)
    found = sensitivity(empty, 0)
    assert found["estimate"].isna().all() and (found["note"] != "").all() and (found["n"] == 0).all()


def test_marks_are_those_of_the_patients_rows() -> None:
    """A flag on any accepted row flags the patient, and so does any entry of quarantine, by site and patient; patients
    have their numbers in the order of site and patient_id."""
    with duckdb.connect() as con:
        create_clean_tables(con)
        con.execute("CREATE TABLE derived.patient_ltpfs (site VARCHAR, patient_id VARCHAR)")
        con.execute("INSERT INTO derived.patient_ltpfs VALUES ('a','P1'),('a','P2'),('b','P1'),('a','P3')")
        con.execute("CREATE TABLE quality.quarantine (site VARCHAR, row VARCHAR)")
        con.execute(
            "INSERT INTO quality.quarantine VALUES ('b', '{\"patient_id\": \"P1\"}'), ('a', '{\"sex\": \"x\"}')"
        )
        con.execute(
            "INSERT INTO clean.imaging_followups BY NAME SELECT unnest(['P1', 'P1', 'P2']) AS patient_id, 'a' AS site, "
            "unnest([['IMG-04'], [], []]) AS flags"
        )
        con.execute("INSERT INTO clean.patients BY NAME SELECT 'a' AS site, 'P3' AS patient_id, ['PAT-12-W'] AS flags")
        quality_flags = patient_quality_flags(con).set_index("patient").sort_index()
    assert quality_flags.index.tolist() == [0, 1, 2, 3]  # a P1, a P2, a P3, b P1
    assert quality_flags["has_flags"].tolist() == [True, False, True, False]
    assert quality_flags["has_set_aside"].tolist() == [False, False, False, True]


def test_median_follow_up_takes_events_for_censoring() -> None:
    """Ends of follow-up at 100, 200 and 300 days: 200; an event at 150 leaves two at risk after 100, so still 200."""
    times = pd.DataFrame({"endpoint": "OS", "site": "a", "quarter": "2020-Q1", "days": [100, 200, 300]})
    found = maturity(times.assign(event=0, count=1))
    assert found.loc[found["quarter"] == "2020-Q1", "estimate"].iloc[0] == pytest.approx(200 / 30.4375)
    with_event = pd.concat([times.assign(event=0), times.iloc[:1].assign(days=150, event=1)]).assign(count=1)
    row = maturity(with_event).query("site == 'a' and quarter == '' and endpoint == 'OS'").iloc[0]
    assert row["estimate"] == pytest.approx(200 / 30.4375) and (row["n"], row["n_events"]) == (4, 3)


def test_maturity_of_nobody_says_so() -> None:
    """An empty frame gives one row per endpoint that says that there are no subjects."""
    found = maturity(pd.DataFrame(columns=["endpoint", "site", "quarter", "days", "event", "count"]))
    assert found["note"].tolist() == ["no subjects", "no subjects"] and found["estimate"].isna().all()
