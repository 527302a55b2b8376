"""Control charts: what is counted by quarter, which quarters make the center, and which can be a signal."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from schemas.measures import MEASURES
from schemas.thresholds import FEW_IN_QUARTER, MIN_CHART_QUARTERS
from tests.quality.test_completeness import registry
from warehouse.control.charts import COLUMNS, charted, write_charts
from warehouse.control.quarters import name_of, number_of
from warehouse.control.site_terms import write_terms
from warehouse.storage.sql_files import select_of

MARGIN = MEASURES["margin_known"]
FIRST = number_of("2020-Q1")
STEADY = [(18, 20)] * 12


def chart(
    counts: list[tuple[int, int]], newest: int | None = None, end_of_run_in: int | None = FIRST - 1
) -> list[dict[str, object]]:
    """The rows of a chart whose quarters begin in 2020; all are complete, and none in the run-in, unless said."""
    series = [(FIRST + place, k, n) for place, (k, n) in enumerate(counts)]
    rows = charted(MARGIN, "north", series, FIRST + len(counts) - 1 if newest is None else newest, end_of_run_in)
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def drifts(rows: list[dict[str, object]]) -> list[object]:
    """The quarters that are said to drift."""
    return [row["quarter"] for row in rows if row["is_drift"]]


def test_the_newest_quarter_is_judged_by_those_before() -> None:
    """It does not count in the center; a share below the lower limit is a drift of that quarter alone."""
    rows = chart([*STEADY, (8, 20)])
    assert {row["center"] for row in rows} == {0.9}
    assert drifts(rows) == ["2023-Q1"] and rows[-1]["signal"] == "beyond"
    assert drifts(chart([*STEADY, (14, 20)])) == []  # the limit is 13.97 of 20
    assert drifts(chart([*STEADY[:6], (8, 20), *STEADY[:6]])) == []  # a signal of then is none of now


def test_a_run_on_one_side_is_a_drift() -> None:
    """The seventh quarter in a row below the center is one, the sixth is not."""
    before = [(20, 20), (20, 20)] * 4
    assert drifts(chart([*before, *[(17, 20)] * 6])) == []
    seven = chart([*before, *[(17, 20)] * 7])
    assert drifts(seven) == [seven[-1]["quarter"]] and seven[-1]["signal"] == "run"


def test_a_new_site_is_never_named() -> None:
    """Quarters of the run-in are neither judged nor in the center, whatever they show."""
    early = [(2, 20)] * 4
    rows = chart([*early, *STEADY], end_of_run_in=FIRST + 3)
    assert {row["center"] for row in rows} == {0.9} and drifts(rows) == []
    assert [row["is_run_in"] for row in rows] == [True] * 4 + [False] * 12
    assert {row["signal"] for row in rows} == {""}
    all_early = chart([*STEADY, (1, 20)], end_of_run_in=FIRST + 12)
    assert drifts(all_early) == [] and {row["center"] for row in all_early} == {None}


def test_a_quarter_that_is_not_complete_is_never_named() -> None:
    """It is charted within the limits of the others."""
    rows = chart([*STEADY, (1, 20)], newest=FIRST + 11)
    assert drifts(rows) == [] and rows[-1]["signal"] == "" and rows[-1]["is_complete"] is False
    assert rows[-1]["lower_limit"] is not None
    nothing = chart([*STEADY, (1, 20)], newest=FIRST - 1)
    assert {row["center"] for row in nothing} == {None} and drifts(nothing) == []


def test_few_quarters_have_no_limits_and_few_cases_name_no_site() -> None:
    """Eight complete quarters with the newest among them; five cases in it."""
    assert {row["center"] for row in chart([(18, 20)] * (MIN_CHART_QUARTERS - 1))} == {None}
    assert {row["center"] for row in chart([(18, 20)] * MIN_CHART_QUARTERS)} == {0.9}
    few = chart([*STEADY, (0, FEW_IN_QUARTER - 1)])
    assert few[-1]["signal"] == "beyond" and drifts(few) == []
    assert drifts(chart([*STEADY, (0, FEW_IN_QUARTER)])) == ["2023-Q1"]


def test_a_quarter_without_a_case_has_no_row_and_ends_no_run() -> None:
    """Runs and limits are of the quarters that have cases; a drift is one of the newest quarter, not of an older."""
    series = [(FIRST + place, 20, 20) for place in range(8)] + [
        (FIRST + place, 17, 20) for place in (8, 9, 11, 12, 14, 15, 17)
    ]
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in charted(MARGIN, "north", series, FIRST + 17, None)]
    assert drifts(rows) == [name_of(FIRST + 17)] and rows[-1]["signal"] == "run"
    later = [dict(zip(COLUMNS, row, strict=True)) for row in charted(MARGIN, "north", series, FIRST + 18, None)]
    assert later[-1]["signal"] == "run" and drifts(later) == []


DRAWN = """
rfa_sessions
patient_id | lesion_id | session_date | minimal_margin_mm
P1         | L1        | 2020-01-01   | 5
P1         | L2        | 2020-05-01   |
P2         | L1        | 2020-03-31   | 0
P3         | L1        | 2020-04-01   |
P4         | L1        | 2020-04-02   | 3

patients
patient_id | vital_status | last_contact_date | death_date
P1         | alive        | 2022-01-01        |
P2         | dead         |                   | 2021-08-01
P3         | alive        |                   |

genotypes
patient_id | gene | result
P1         | KRAS | mutant
P2         | KRAS | wild_type

imaging_followups
patient_id | lesion_id | exam_date  | lesion_status
P1         | L1        | 2020-02-01 | no_viable
P1         | L1        | 2020-12-05 | no_viable
P1         | L2        | 2020-06-15 | no_viable
P1         | L2        | 2020-12-01 | ltp
P2         | L1        | 2020-05-01 | no_viable
P2         | L1        | 2021-06-01 | ltp
P3         | L1        | 2020-05-15 | no_viable
P4         | L1        | 2020-05-16 | no_viable
P4         | L1        | 2021-03-05 | no_viable
"""


@pytest.fixture(scope="module")
def counted() -> dict[tuple[str, str], tuple[int, int]]:
    """Measure and quarter -> what the drawn site counts."""
    with registry([(DRAWN, date(2022, 6, 30))], "imaging_followups") as con:
        ledger(con)
        rows = con.execute(select_of("quality/site_measures")).fetchall()
    return {(measure, quarter): (k, n) for measure, _, quarter, k, n in rows}


def ledger(con: duckdb.DuckDBPyConnection) -> None:
    """A delivery of 2022-Q2, of whose 12 current rows 2 are set aside."""
    con.execute("UPDATE meta.loads SET delivery = 'd.csv'")
    con.execute(
        "CREATE TABLE quality.ledger AS "
        "SELECT site, export, delivery, 12::BIGINT AS current, 2::BIGINT AS in_quarantine FROM meta.loads"
    )


def test_shares_are_counted_by_hand(counted: dict[tuple[str, str], tuple[int, int]]) -> None:
    """Lesions count in the quarter their patient was first ablated in. L2 has LTP within a year, P2's lesion later;
    P1's L1 and P4's lesion are seen free in the window of the exam at a year, P3's lesion only before. All are observed
    for longer. A death is a contact.
    """
    q1, q2 = ({measure: counted.get((measure, quarter)) for measure in MEASURES} for quarter in ("2020-Q1", "2020-Q2"))
    assert q1["kras_known"] == (2, 2) and q2["kras_known"] == (0, 2)
    assert q1["ras_known"] == (1, 2)
    assert q1["margin_known"] == (2, 3) and q2["margin_known"] == (1, 2)
    assert q1["last_contact_known"] == (2, 2) and q2["last_contact_known"] == (0, 2)
    assert q1["first_exam_in_time"] == (3, 3) and q2["first_exam_in_time"] == (2, 2)
    assert q1["ltp_in_a_year"] == (1, 3) and q2["ltp_in_a_year"] == (0, 1)
    assert q1["followed_a_year"] == (2, 3) and q2["followed_a_year"] == (1, 2)
    assert counted["rows_set_aside", "2022-Q2"] == (2, 12)


@pytest.mark.long
def test_charts_of_few_quarters_have_shares_alone() -> None:
    """A young registry's table has every share, no limits, and nothing that drifts."""
    with registry([(DRAWN, date(2022, 6, 30))], "imaging_followups") as con:
        ledger(con)
        write_terms(con, {})
        write_charts(con)
        rows = con.execute("SELECT DISTINCT center, signal, is_drift FROM quality.control_charts").fetchall()
        in_run_in = con.execute("SELECT count(*) FILTER (is_run_in), count(*) FROM quality.control_charts").fetchone()
        complete = con.execute(
            "SELECT measure, count(*) FILTER (is_complete) FROM quality.control_charts GROUP BY 1 ORDER BY 1"
        ).fetchall()
    assert rows == [(None, "", False)]
    assert in_run_in is not None and in_run_in[0] == in_run_in[1] > 10
    assert dict(complete)["first_exam_in_time"] == 2
    assert dict(complete)["rows_set_aside"] == 0  # more may come in the quarter of the newest extract
    assert dict(complete)["kras_known"] == 0  # no sessions have been delivered, by name
