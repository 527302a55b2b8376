"""Numbers that stand for keys give the analyses the same subjects as the keys themselves."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np
import pandas as pd
import pytest

from analysis.plan.analysis_plan import TABLES
from analysis.plan.table_one import table_one
from analysis.plan.technique import technique
from analysis.subjects.analysis_frames import AnalysisFrames
from tests.e2e.demonstration import Demonstration
from warehouse.derived.analysis_tables import frames
from warehouse.derived.endpoint_definitions import competing
from warehouse.derived.numbered_tables import Times, by_number

FLAGS = ("is_odd", "is_third")


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
            lambda own: own.subjects_by_site("TTLTP", "lesion"),
            lambda own: own.subjects_by("LTPFS", flags_of(len(own.patients))),
            technique,
            lambda own: table_one(own.patients),
        ):
            expected = made(keyed)
            assert len(expected)
            pd.testing.assert_frame_equal(made(numbered), expected, check_dtype=False)


def flags_of(n_patients: int) -> pd.DataFrame:
    """Flags of each patient, 0 or 1."""
    numbers = np.arange(n_patients)
    return pd.DataFrame({name: (numbers % (2 + place) == 1).astype(float) for place, name in enumerate(FLAGS)})


@pytest.mark.long
def test_single_rows_of_times_are_read_of_three_endpoints_alone(demonstration: Demonstration) -> None:
    """All tables of the plan: everything else is counted by the database, so it does not grow with the registry."""
    read = set()

    class Watched(Times):
        def __call__(self, endpoint: str, level: str) -> pd.DataFrame:
            read.add((endpoint, level))
            return super().__call__(endpoint, level)

    with demonstration.open() as con:
        patients, lesions, _, sessions = by_number(con)
        registry = AnalysisFrames(patients, lesions, Watched(con), sessions)
        for name, make in TABLES.items():
            assert make(registry) is not None, name
    assert read == {("TTLTP", "lesion"), ("LTPFS", "lesion"), ("TTLTP", "patient")}


@pytest.fixture
def four_times() -> Iterator[duckdb.DuckDBPyConnection]:
    """P1 is no patient and P2 is number 1: OS of both, one of them without a time, and another endpoint."""
    with duckdb.connect() as con:
        con.execute("CREATE TEMP TABLE patient_numbers AS SELECT 'a' AS site, 'P2' AS patient_id, 1 AS number")
        con.execute("CREATE SCHEMA derived")
        con.execute(
            "CREATE TABLE derived.time_to_event AS SELECT 'a' AS site, * FROM (VALUES "
            "('P1', 'OS', 'patient', 5, 1), ('P2', 'OS', 'patient', 6, 0), ('P2', 'OS', 'patient', NULL, 0), "
            "('P2', 'PFS', 'patient', 4, 1)) AS t(patient_id, endpoint, level, days, event)"
        )
        yield con


def test_a_subject_who_is_not_among_the_patients_has_no_number(four_times: duckdb.DuckDBPyConnection) -> None:
    """The row counts, as -1; one without a time does not."""
    found = Times(four_times)("OS", "patient").sort_values("days")
    assert found.to_dict("list") == {"subject": [-1, 1], "days": [5, 6], "event": [1, 0]}


def test_times_are_counted_by_kind_in_the_database(four_times: duckdb.DuckDBPyConnection) -> None:
    """By endpoint, day, event and the kind of the subject; who is not among the patients is of the kind of nobody."""
    times, kinds = Times(four_times), np.array([3, 8], dtype=np.int32)
    found = times.counted("patient", kinds, 9).astype({"endpoint": str}).sort_values("days")
    whole = [("PFS", 4, 1, 8, 1), ("OS", 5, 1, 9, 1), ("OS", 6, 0, 8, 1)]
    assert list(found.itertuples(index=False, name=None)) == whole
    only = times.counted("patient", kinds, 9, "PFS")
    assert list(only.itertuples(index=False, name=None)) == whole[:1]


def test_equal_subjects_are_one_count(four_times: duckdb.DuckDBPyConnection) -> None:
    """A hundred patients of a kind with the same time leave the database as one row."""
    four_times.execute(
        "INSERT INTO derived.time_to_event SELECT 'a', 'Q' || n, 'OS', 'patient', 7, 0 FROM range(100) t(n)"
    )
    found = Times(four_times).counted("patient", np.array([3, 8]), 9)
    assert found.loc[found["days"] == 7, ["kind", "count"]].to_numpy().tolist() == [[9, 100]]
