"""The tables of the service hold what was counted by hand in a study of five patients."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from analysis.plan.technique import technique
from analysis.subjects.analysis_frames import AnalysisFrames
from tests.service.hand_study import counted, hand_study, table
from warehouse.derived import analysis_tables
from warehouse.storage.home_settings import CENTRES, OFF, OPERATORS

VOLUMES = {
    ("", "", "", ""): (6, 6, 5),
    ("a", "", "", ""): (4, 4, 3),
    ("b", "", "", ""): (2, 2, 2),
    ("a", "", "rfa", ""): (3, 2, 2),  # the session with two modalities counts under both
    ("a", "", "mwa", ""): (2, 2, 2),
    ("a", "", "", "2020-Q1"): (2, 3, 2),
    ("a", "", "", "2020-Q2"): (2, 2, 2),
    ("", "", "", "2020-Q1"): (3, 4, 3),
    ("", "", "other", ""): (1, 1, 1),
    ("", "", "rfa", "2020-Q2"): (1, 1, 1),
    ("a", "OP-1", "", ""): (1, 2, 1),
    ("a", "OP-2", "", ""): (2, 2, 2),
    ("a", "unknown", "", ""): (1, 1, 1),
    ("b", "OP-1", "", ""): (1, 1, 1),  # another person than the first centre's
    ("a", "OP-2", "mwa", "2020-Q2"): (1, 1, 1),
}
WAITS = {
    ("", "decision_or_referral"): (5, 1, 1, 3, 9.0, 4.5, 14.5, 3),
    ("a", "decision_or_referral"): (3, 1, 0, 2, 14.5, 11.75, 17.25, 2),
    ("b", "decision_or_referral"): (2, 0, 1, 1, 0.0, 0.0, 0.0, 1),
    ("", "decision"): (5, 2, 1, 2, 4.5, 2.25, 6.75, 2),
    ("", "referral"): (5, 3, 0, 2, 20.5, 20.25, 20.75, 2),
    ("b", "referral"): (2, 2, 0, 0, None, None, None, 0),
}
CIRSE, CLAVIEN = ("major_complication", "cirse"), ("major_complication", "clavien_dindo")
OUTCOMES = {
    (*CIRSE, ""): (3, 1, 3),
    (*CIRSE, "a"): (2, 1, 2),  # one session states nothing, one is graded in another scale
    (*CIRSE, "b"): (1, 0, 1),  # "bleeding" is a complication of a grade that nobody knows
    (*CLAVIEN, "a"): (1, 1, 3),
    (*CLAVIEN, "b"): (0, 0, 2),
    ("primary_efficacy", "", ""): (5, 4, 1),
    ("primary_efficacy", "", "a"): (3, 2, 1),
    ("primary_efficacy", "", "b"): (2, 2, 0),
    ("ltp_12_months", "", "a"): (2, 1, 2),
    ("ltp_12_months", "", "b"): (0, 0, 2),
}
FOLLOWED = {
    ("first_exam_in_time", "a"): (4, 3, 0),
    ("first_exam_in_time", "b"): (2, 2, 0),
    ("followed_a_year", "a"): (4, 1, 0),
    ("followed_a_year", "b"): (1, 0, 1),  # the year of the other is not over
    ("followed_a_year", ""): (5, 1, 1),
    ("last_contact_known", ""): (5, 0, 0),
}


def held(found: dict[Any, Any], expected: dict[Any, Any]) -> dict[Any, Any]:
    """What the table has under the keys that were counted."""
    return {key: found.get(key) for key in expected}


@pytest.mark.long
def test_volumes_are_those_counted() -> None:
    """Sessions, lesions and patients by centre, operator, modality and quarter, each counted once in its line."""
    keys, values = ("site", "operator_id", "modality", "session_quarter"), ("n_sessions", "n_lesions", "n_patients")
    assert held(counted("service_volumes", keys, values), VOLUMES) == VOLUMES


def test_waits_are_those_counted() -> None:
    """All patients, those without a date, those with a negative wait, and of the others median, quartiles and how many
    waited at most 28 days.
    """
    values = ("n", "n_missing", "n_negative", "n_known", "median_days", "lower_quartile_days", "upper_quartile_days")
    assert held(counted("service_waiting", ("site", "waits_from"), (*values, "n_events")), WAITS) == WAITS


def test_outcomes_are_those_counted() -> None:
    """Cases, those with the outcome, and those left out, by centre; complications by scale."""
    keys = ("quantity", "complication_system", "site")
    assert held(counted("service_outcomes", keys, ("n", "n_events", "n_missing")), OUTCOMES) == OUTCOMES


def test_everybody_is_a_case_or_left_out() -> None:
    """Of each outcome and centre, cases and those left out are all its sessions or lesions, and the note says why."""
    rows = table("service_outcomes")
    sizes = {"session": {"": 6, "a": 4, "b": 2}, "lesion": {"": 6, "a": 4, "b": 2}}
    for row in rows.to_dict("records"):
        assert row["n"] + row["n_missing"] == sizes[row["level"]][row["site"]], row
        assert ("left out: " in row["note"]) == (row["n_missing"] > 0), row
    (note,) = rows[(rows["complication_system"] == "cirse") & (rows["site"] == "a")]["note"]
    assert note == "left out: 1 not stated, 1 in another scale; fewer than 5 centres: no limits"
    (note,) = rows[(rows["quantity"] == "ltp_12_months") & (rows["site"] == "b")]["note"]
    assert "left out: 1 whose year is not over, 1 seen for less than a year" in note


def test_follow_up_is_that_counted() -> None:
    """Of those that could have the property, those that have it, and those that could not yet."""
    found = counted("service_followup", ("quantity", "site"), ("n", "n_events", "n_missing"))
    assert held(found, FOLLOWED) == FOLLOWED
    ((expected, in_window),) = (
        hand_study()
        .execute("SELECT sum(n_exams_expected), sum(n_exams_in_window) FROM quality.lesion_followup")
        .fetchall()
    )
    assert found["exams_in_window", ""] == (expected, in_window, 0)


def test_efficacy_is_that_of_the_analyses() -> None:
    """Primary efficacy by centre is counted as in analysis.technique."""
    made = technique(AnalysisFrames(*analysis_tables.frames(hand_study())))
    own = made[(made["quantity"] == "primary_efficacy") & (made["grouping"] == "site")]
    expected = {row["stratum"]: (row["n"], row["n_events"]) for row in own.to_dict("records")}
    found = counted("service_outcomes", ("quantity", "site"), ("n", "n_events"))
    assert {site: found["primary_efficacy", site] for site in ("a", "b")} == expected


@pytest.mark.parametrize("service", [CENTRES, OFF])
def test_operators_are_counted_only_if_asked_for(service: str) -> None:
    """With `centres` no line names an operator, and the others are the same; with `off` no table has a row."""
    whole, own = table("service_volumes", OPERATORS), table("service_volumes", service)
    assert (whole["operator_id"] != "").any() and not (own["operator_id"] != "").any()
    expected = whole[whole["operator_id"] == ""] if service == CENTRES else whole.iloc[:0]
    pd.testing.assert_frame_equal(own.reset_index(drop=True), expected.reset_index(drop=True))
    others = [table(f"service_{name}", service) for name in ("waiting", "outcomes", "followup")]
    assert [len(one) > 0 for one in others] == [service == CENTRES] * 3
    assert list(own.columns) == list(whole.columns)
