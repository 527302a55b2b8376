"""What the report says in addition to the analyses, compared with a plain reading of the same rows."""

from __future__ import annotations

import math

import duckdb
import pytest

from tests.e2e.demonstration import Demonstration
from workflows.report_facts import courses, flow

MOST = 40


@pytest.fixture
def con(demonstration: Demonstration) -> duckdb.DuckDBPyConnection:
    """The demonstration's build with one more session, which has no lesion_id."""
    con = duckdb.connect()
    con.execute(f"ATTACH '{demonstration.home.build_database}' AS whole (READ_ONLY)")
    for table in ("raw.rfa_sessions", "derived.lesion_ltp", "derived.patient_ltpfs", "derived.time_to_event",
                  "quality.quarantine"):  # fmt: skip
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {table.partition('.')[0]}")
        con.execute(f"CREATE TABLE {table} AS FROM whole.{table}")
    con.execute("INSERT INTO raw.rfa_sessions (site, patient_id) VALUES ('index-study', 'nameless')")
    return con


def test_the_flow_counts_patients_and_lesions(con: duckdb.DuckDBPyConnection) -> None:
    """Each step's patients and lesions are those of a plain count; a lesion without lesion_id counts as received."""
    sessions = con.execute("SELECT site, patient_id, lesion_id FROM raw.rfa_sessions").fetchall()
    lesions = con.execute("SELECT site, patient_id, lesion_id, is_evaluable, ltp FROM derived.lesion_ltp").fetchall()

    def counts(rows: list[tuple]) -> tuple[int, int]:
        return len({row[:2] for row in rows}), len({row[:3] for row in rows})

    told = {label: (patients, of_them) for label, patients, of_them, _, _ in flow(con)}
    assert told["Received"] == counts([row for row in sessions if row[1] is not None])
    assert told["Ablated"] == counts(lesions)
    assert told["Evaluable"] == counts([row for row in lesions if row[3]])
    assert told["With LTP"] == counts([row for row in lesions if row[4]])
    received, ablated = told["Received"], told["Ablated"]
    assert told["Set aside or withdrawn"] == (received[0] - ablated[0], received[1] - ablated[1])


def test_every_kth_course_is_shown(con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Courses are in order of KRAS, time and event; if there are too many, every k-th from the first is shown."""
    every = con.execute(
        "SELECT coalesce(kras, 'unknown'), t.months, t.event FROM derived.time_to_event t "
        "LEFT JOIN derived.patient_ltpfs USING (site, patient_id) "
        "WHERE endpoint = 'TTLTP' AND level = 'lesion' AND t.months IS NOT NULL ORDER BY ALL"
    ).fetchall()
    for most in (MOST, len(every)):
        monkeypatch.setattr("analysis.figures.swimmer.MAX_LESIONS", most)
        shown = [tuple(row) for row in courses(con).itertuples(index=False)]
        assert shown == every[:: math.ceil(len(every) / most)]
    assert len(every) > MOST
