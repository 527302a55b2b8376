"""Tests completeness: which exams are expected, kept, missed and overdue, at the edges of their windows.

The lesion is ablated on 2020-01-01, which is day 0; the windows of the first exams are days 0 to 60 (1 month, day 30),
61 to 121 (3 months, day 91) and 153 to 213 (6 months, day 183).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from itertools import chain
from typing import Any

import duckdb
import pytest

from tests.spec import clean_rows
from tests.spec.drawing import read_tables
from warehouse.clean import lesions
from warehouse.clean.clean import write_history
from warehouse.derived import derive
from warehouse.derived.completeness import build_completeness, completeness_order, observed_times
from warehouse.raw.tables import create_tables

ABLATION = date(2020, 1, 1)


def registry(cases: Sequence[tuple[str, date | None]], export: str) -> duckdb.DuckDBPyConnection:
    """A database in memory with the quality tables of the drawn clean rows, each case at site s0, s1, ...; its date is
    that of the site's newest extract of `export`.
    """
    con = duckdb.connect(config={"threads": 1})
    lesions.create_clean_tables(con)
    create_tables(con)
    write_history(con, {})
    for number, (drawn, as_of) in enumerate(cases):
        clean = clean_rows.clean_from(read_tables(drawn))
        for row in chain.from_iterable(clean.values()):
            row["site"] = f"s{number}"
        clean_rows.insert(con, clean)
        if as_of:
            con.execute(
                "INSERT INTO meta.loads BY NAME SELECT ? AS site, ? AS export, 'accepted' AS status, ? AS extract_date",
                [f"s{number}", export, as_of],
            )
    derive.derive_all(con)
    for table in completeness_order(con):
        build_completeness(con, table)
    return con


def built(drawn: str, as_of: date | None, export: str = "imaging_followups") -> duckdb.DuckDBPyConnection:
    """The quality tables of one site."""
    return registry([(drawn, as_of)], export)


def exams(*days: int, columns: str = "", cells: str = "") -> str:
    """Imaging of lesion L1 on these days after the ablation."""
    rows = "\n".join(f"{ABLATION + timedelta(day)} {cells}" for day in days)
    return f"rfa_sessions\nlesion_id\nL1\n\nimaging_followups\nexam_date {columns}\n{rows}"


NO_EXAM = "rfa_sessions\nlesion_id\nL1"


EDGES: list[tuple[tuple[int, ...], int, tuple[int, ...]]] = [
    ((), 60, (0, 0, 0, 0)),  # the window is open to its last day
    ((), 61, (1, 0, 0, 1)),
    ((), 121, (1, 0, 0, 1)),
    ((), 122, (2, 0, 0, 2)),
    ((), 4000, (15, 0, 0, 15)),  # the schedule ends at 60 months
    ((60,), 61, (1, 1, 0, 0)),
    ((61,), 61, (1, 0, 1, 0)),  # late for the first, in time for the second
    ((61,), 122, (2, 1, 1, 0)),
    ((30, 121), 122, (2, 2, 0, 0)),
    ((30, 122), 122, (2, 1, 1, 0)),  # between two windows: the exam missed its own
    ((30,), 122, (2, 1, 0, 1)),
    ((30, 40, 50), 122, (2, 1, 0, 1)),  # three exams of one window keep one
    ((183,), 214, (3, 1, 2, 0)),
]
AFTER_THE_LAST_DAY = [
    (f"{NO_EXAM}\n\npatients\nvital_status | {column}\n{status} | {ABLATION + timedelta(day)}", expected)
    for column, status in (("death_date", "dead"), ("last_contact_date", "alive"))
    for day, expected in ((121, 1), (122, 2))
]
TYPED_TOO_EARLY = f"{exams(30, 130)}\n\npatients\nvital_status | last_contact_date\nalive | {ABLATION + timedelta(40)}"
NOT_QUALIFYING = [
    exams(30, columns="| modality | contrast_enhanced | lesion_status", cells=cells)
    for cells in (
        "| us | yes | no_viable",
        "| ct | no | no_viable",
        "| ct | yes | equivocal",
        "| mr | yes | not_assessed",
    )
]
FIRST_EXAMS = [(13, 85, False), (14, 85, True), (84, 85, True), (85, 85, False), (30, 84, None)]


def edge(*days: int) -> str:
    """A lesion that was examined on these days after the ablation, if on any."""
    return exams(*days) if days else NO_EXAM


@cache
def all_judged() -> dict[tuple[str, int], tuple[Any, ...]]:
    """Expected, kept, missed and overdue exams of each case's lesion, and whether its first exam was in time, by the
    drawn rows and the day of the newest extract after the ablation; each case is a site of one registry.
    """
    cases = [(edge(*days), as_of_day) for days, as_of_day, _ in EDGES]
    cases += [(drawn, 1000) for drawn, _ in AFTER_THE_LAST_DAY] + [(TYPED_TOO_EARLY, 1000)]
    cases += [(drawn, 61) for drawn in NOT_QUALIFYING] + [(exams(day), as_of_day) for day, as_of_day, _ in FIRST_EXAMS]
    with registry([(drawn, ABLATION + timedelta(day)) for drawn, day in cases], "imaging_followups") as con:
        rows = con.execute(
            "SELECT site, n_exams_expected, n_exams_in_window, n_exams_missed, n_exams_overdue, is_first_exam_in_time "
            "FROM quality.lesion_followup"
        ).fetchall()
    by_site = {site: tuple(counts) for site, *counts in rows}
    assert len(rows) == len(by_site) == len(cases)
    return {case: by_site[f"s{number}"] for number, case in enumerate(cases)}


def judged(drawn: str, as_of_day: int) -> tuple[int, ...]:
    """Expected, kept, missed and overdue exams of the lesion on that day after the ablation."""
    return all_judged()[drawn, as_of_day][:4]


@pytest.mark.parametrize(("days", "as_of_day", "expected"), EDGES)
def test_edges_of_the_windows(days: tuple[int, ...], as_of_day: int, expected: tuple[int, ...]) -> None:
    """An exam is expected the day after its window ends, kept in it, overdue with nothing since it opened."""
    assert judged(edge(*days), as_of_day) == expected


@pytest.mark.parametrize(("drawn", "expected"), AFTER_THE_LAST_DAY)
def test_nothing_is_expected_after_death_or_last_contact(drawn: str, expected: int) -> None:
    """A window counts only where it had ended before the patient's death or last contact."""
    assert judged(drawn, 1000)[0] == expected


def test_later_evidence_of_life_outweighs_a_typed_last_contact() -> None:
    """A last contact before the last exam does not stop what is expected up to that exam."""
    assert judged(TYPED_TOO_EARLY, 1000) == (2, 1, 1, 0)


@pytest.mark.parametrize("drawn", NOT_QUALIFYING)
def test_only_qualifying_exams_keep_the_schedule(drawn: str) -> None:
    """Ultrasound, no contrast and a lesion that is not assessed leave the exam overdue."""
    assert judged(drawn, 61) == (1, 0, 0, 1)


@pytest.mark.long
@pytest.mark.parametrize(("as_of", "export"), [(None, ""), (date(2024, 1, 1), "patients")])
def test_without_imaging_delivered_nothing_is_overdue(as_of: date | None, export: str) -> None:
    """Exams are judged at the newest extract of imaging alone; without one nothing is expected."""
    with built(NO_EXAM, as_of, export) as con:
        assert con.execute("SELECT n_exams_expected, as_of_date FROM quality.lesion_followup").fetchone() == (0, None)
        assert con.execute("SELECT count(*) FROM quality.overdue_exams").fetchone() == (0,)


@pytest.mark.parametrize(("day", "as_of_day", "expected"), FIRST_EXAMS)
def test_first_exam_in_time(day: int, as_of_day: int, expected: bool | None) -> None:
    """The first qualifying exam is in time from day 14 to 84, and nobody is judged before day 85."""
    assert all_judged()[exams(day), as_of_day][4] is expected


@pytest.mark.long
def test_the_list_of_overdue_exams() -> None:
    """A lesion stands there once, with the first exam that is overdue, counted to the newest extract."""
    with built(exams(30), ABLATION + timedelta(300)) as con:
        rows: list[Any] = con.execute(
            "SELECT patient_id, lesion_id, last_exam_date, expected_date, days_overdue, n_exams_overdue "
            "FROM quality.overdue_exams"
        ).fetchall()
    assert rows == [("P1", "L1", date(2020, 1, 31), date(2020, 4, 1), 209, 2)]


DRAWN = """
rfa_sessions
patient_id | lesion_id | session_date | minimal_margin_mm
P1         | L1        | 2020-01-01   | 5
P1         | L2        | 2020-05-01   |
P2         | L1        | 2020-03-31   | 0
P3         | L1        | 2020-04-01   |

genotypes
patient_id | gene | result
P1         | KRAS | mutant
P2         | KRAS | wild_type
P3         | KRAS | failed

imaging_followups
patient_id | lesion_id | exam_date
P1         | L1        | 2020-02-01
P2         | L1        | 2020-06-30
"""


@pytest.mark.long
def test_completeness_counts_patients_with_all_their_lesions() -> None:
    """A later lesion counts in the quarter its patient was first ablated in; unknown KRAS and margin are told."""
    with built(DRAWN, date(2020, 12, 31)) as con:
        rows = con.execute(
            "SELECT quarter, n_patients, n_kras_known, n_ras_known, n_lesions, n_margin_known, n_first_exam_due, "
            "n_first_exam_in_time, share_kras_known FROM quality.completeness"
        ).fetchall()
        sums = con.execute("SELECT sum(n_exams_overdue), sum(n_lesions_overdue) FROM quality.completeness").fetchone()
        listed = con.execute("SELECT sum(n_exams_overdue), count(*) FROM quality.overdue_exams").fetchone()
    assert rows == [("2020-Q1", 2, 2, 1, 3, 2, 3, 1, 1.0), ("2020-Q2", 1, 0, 0, 1, 0, 1, 0, 0.0)]
    assert sums == listed


@pytest.mark.long
def test_times_for_maturity_are_counted() -> None:
    """Every patient stands once per endpoint in what maturity is made from."""
    with built(DRAWN, date(2020, 12, 31)) as con:
        times = observed_times(con)
    assert times.groupby("endpoint")["count"].sum().to_dict() == {"LTPFS_STUDY": 2, "OS": 3}
    assert set(times["quarter"]) == {"2020-Q1", "2020-Q2"}
