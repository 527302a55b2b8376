"""Numbers that stand for keys give the analyses the same subjects as the keys themselves."""

from __future__ import annotations

import duckdb
import pandas as pd
import pytest

from analysis.plan.table_one import table_one
from analysis.plan.technique import technique
from analysis.subjects.analysis_frames import AnalysisFrames
from tests.e2e.demonstration import Demonstration
from warehouse.derived.analysis_tables import frames
from warehouse.derived.endpoint_definitions import competing
from warehouse.derived.numbered_tables import Times, by_number


@pytest.mark.long
def test_numbers_give_the_subjects_that_keys_give(demonstration: Demonstration) -> None:
    """Every endpoint and level, single lesions with their patients, intervals, scans, sites, sessions: equal frames."""
    with demonstration.open() as con:
        keyed = AnalysisFrames(*frames(con), competing=competing())
        numbered = AnalysisFrames(*by_number(con))
        assert numbered.endpoints() == keyed.endpoints() and len(keyed.endpoints()) > 10
        for made in (
            *(lambda own, pair=pair: own.subjects(*pair) for pair, _ in keyed.endpoints()),
            *(lambda own, level=level: own.ltp_status(level) for level in ("patient", "lesion")),
            lambda own: own.each("LTPFS", "lesion"),
            AnalysisFrames.each_lesion_status,
            AnalysisFrames.each_since_adequate_exam,
            AnalysisFrames.ltp_intervals,
            AnalysisFrames.subjects_scanned,
            lambda own: own.subjects_by_site("OS", "patient"),
            technique,
            lambda own: table_one(own.patients),
        ):
            expected = made(keyed)
            assert len(expected)
            pd.testing.assert_frame_equal(made(numbered), expected, check_dtype=False)


def test_a_subject_who_is_not_among_the_patients_has_no_number() -> None:
    """The row counts, as -1; one without a time does not."""
    with duckdb.connect() as con:
        con.execute("CREATE TEMP TABLE patient_numbers AS SELECT 'a' AS site, 'P2' AS patient_id, 7 AS number")
        con.execute("CREATE SCHEMA derived")
        con.execute(
            "CREATE TABLE derived.time_to_event AS SELECT 'a' AS site, * FROM (VALUES "
            "('P1', 'OS', 'patient', 5, 1), ('P2', 'OS', 'patient', 6, 0), ('P2', 'OS', 'patient', NULL, 0), "
            "('P2', 'PFS', 'patient', 4, 1)) AS t(patient_id, endpoint, level, days, event)"
        )
        found = Times(con)("OS", "patient").sort_values("days")
    assert found.to_dict("list") == {"subject": [-1, 7], "days": [5, 6], "event": [1, 0]}
