"""The suites of a home on real rows: what is counted, what checks nothing, what stays inside."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from tests.expectations.suites import BETWEEN, FILLED, TABLE, expectation, suite
from tests.quality.sound_registry import sound_registry
from tests.variants import quick
from warehouse.expectations import home_suites
from warehouse.expectations.home_suites import Verdict, judge_suite
from warehouse.expectations.library import new_batches

PAIR = "expect_column_pair_values_a_to_be_greater_than_b"
COUNT = "expect_table_row_count_to_equal"
REGEX = "expect_column_values_to_match_regex"


@pytest.fixture(scope="module")
def registry() -> Iterator[duckdb.DuckDBPyConnection]:
    """200 sessions: power 40 W in 60, 80 W in 40, not known in 100; 8 minutes in 100, 90 in 2, else unknown."""
    with sound_registry() as con:
        con.execute("CREATE TEMP MACRO place(patient_id) AS substr(patient_id, 2)::INTEGER + 1")
        con.execute(
            "UPDATE clean.rfa_sessions SET modality = CASE WHEN place(patient_id) <= 100 THEN 'mwa' ELSE 'rfa' END, "
            "power_w = CASE WHEN place(patient_id) <= 60 THEN 40.0 WHEN place(patient_id) <= 100 THEN 80.0 END, "
            "time_min = CASE WHEN place(patient_id) <= 100 THEN 8.0 WHEN place(patient_id) <= 102 THEN 90.0 END, "
            "zone_long_mm = NULL"
        )
        yield con


@pytest.fixture
def con(registry: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """The registry; what a test changes is taken back."""
    registry.begin()
    yield registry
    registry.rollback()


def judged(con: duckdb.DuckDBPyConnection, *expectations: Any, table: str = TABLE) -> list[Verdict]:
    """The verdicts on these expectations."""
    return judge_suite(new_batches(), con, suite(*expectations, table=table))


def test_mostly_is_a_share_of_what_the_type_counts(con) -> None:
    """Of 100 filled cells, 60 are below 41; of 200 rows, 100 are filled. One less fails, whatever is empty."""
    found = judged(
        con,
        expectation(BETWEEN, max_value=41, mostly=0.6),
        expectation(BETWEEN, max_value=41, mostly=0.61),
        expectation(FILLED, mostly=0.5),
        expectation(FILLED, mostly=0.51),
    )
    counts = [(one.status, one.n_broken, one.n_rows, one.observed) for one in found]
    assert counts == [
        ("passed", 40, 100, 60),
        ("failed", 40, 100, 60),
        ("passed", 100, 200, 50),
        ("failed", 100, 200, 50),
    ]
    assert {one.low for one in found} == {60, 61, 50, 51}


def test_pairs_say_whether_an_empty_cell_counts(con) -> None:
    """Of 102 rows with a time, 100 have a power above it: with empty cells ignored 100 of 100, otherwise they fail."""
    pair = {"column_A": "power_w", "column_B": "time_min"}
    either, both, silent = judged(
        con,
        expectation(PAIR, None, **pair, ignore_row_if="either_value_is_missing"),
        expectation(PAIR, None, **pair, ignore_row_if="both_values_are_missing"),
        expectation(PAIR, None, **pair),
    )
    assert (either.status, either.n_broken, either.n_rows) == ("passed", 0, 100)
    assert (both.status, both.n_broken, both.n_rows) == ("failed", 2, 102)
    assert silent.status == "error" and "Add ignore_row_if" in silent.note


NOTHING = {
    "a column that is not there": (expectation(FILLED, "powr_w"), "has no column 'powr_w'. Did you mean power_w?"),
    "a filter without rows": (
        expectation(BETWEEN, min_value=1, row_condition="modality == 'MWA'", condition_parser="pandas"),
        "It checks nothing: no row meets row_condition.",
    ),
    "all empty, in a set": (
        expectation("expect_column_values_to_be_in_set", "zone_long_mm", value_set=[1]),
        "It checks nothing: no row has zone_long_mm filled.",
    ),
    "all empty, a sum": (
        expectation("expect_column_sum_to_be_between", "zone_long_mm", min_value=0, max_value=0),
        "It checks nothing: no row has zone_long_mm filled.",
    ),
    "all empty, unique": (
        expectation("expect_column_values_to_be_unique", "zone_long_mm"),
        "no row has zone_long_mm filled.",
    ),
    "a pair of which one is empty": (
        expectation(PAIR, None, column_A="zone_long_mm", column_B="power_w", ignore_row_if="either_value_is_missing"),
        "It checks nothing: no row has zone_long_mm and power_w filled.",
    ),
}


@pytest.mark.parametrize("what", quick(4, NOTHING))
def test_what_checks_nothing_is_an_error_and_no_pass(con, what: str) -> None:
    """Also where the library passes it; an expectation beside it is judged as ever."""
    given, said = NOTHING[what]
    nothing, sound = judged(con, given, expectation(FILLED, "patient_id"))
    assert (nothing.status, sound.status) == ("error", "passed")
    assert said in nothing.note


def test_an_empty_table_checks_nothing_but_may_be_counted(con) -> None:
    """No row: shares and figures are errors, a number of rows may be what was expected."""
    con.execute(f"DELETE FROM {TABLE}")
    nulls, filled, rows = judged(
        con, expectation("expect_column_values_to_be_null"), expectation(FILLED), expectation(COUNT, None, value=0)
    )
    assert {nulls.note, filled.note} == {f"It checks nothing: {TABLE} has no row."}
    assert (rows.status, rows.n_rows) == ("passed", 0)


def test_a_table_that_a_release_lacks_is_named(con) -> None:
    """As after an upgrade, or in an old release that is made again; it refuses nothing."""
    con.execute("DROP TABLE derived.lesion_ltp")
    (lacking,) = judged(con, expectation(COUNT, None, value=1, meta={"gate": True}), table="derived.lesion_ltp")
    assert (lacking.status, lacking.note) == ("error", "The release has no table derived.lesion_ltp.")
    assert lacking.stated.severity != "gate"


ARGUMENTS = {
    "a misspelt argument": (expectation(BETWEEN, min_valu=1), "has no argument 'min_valu'. Did you mean min_value?"),
    "a share above one": (
        expectation(FILLED, mostly=60),
        "The argument mostly does not fit: ensure this value is less than or equal to 1",
    ),
    "another parser": (
        expectation(FILLED, row_condition="x > 1", condition_parser="spark"),
        "The condition_parser 'spark' is not read.",
    ),
    "a condition that calls": (
        expectation(FILLED, row_condition="power_w.map(print) == 1", condition_parser="pandas"),
        "`row_condition` does more than compare.",
    ),
    "a condition that reads a local name": (
        expectation(FILLED, row_condition="power_w > @__import__('os').getpid()", condition_parser="pandas"),
        "`row_condition` cannot be read.",
    ),
    "a condition on a column that is not there": (
        expectation(FILLED, row_condition="modalty == 'mwa'", condition_parser="pandas"),
        "has no column 'modalty'. Did you mean modality?",
    ),
    "a text for a number": (
        expectation(BETWEEN, min_value="low"),
        "The argument min_value does not fit: value is not a valid",
    ),
    "numbers among texts": (
        expectation(BETWEEN, "modality", min_value=1),
        "Do the arguments fit the type of the column?",
    ),
    "a list": (expectation(FILLED, "flags"), "is a list, which no expectation reads."),
}


@pytest.mark.parametrize("what", quick(5, ARGUMENTS))
def test_what_cannot_be_judged_says_why(con, what: str) -> None:
    """An error with the cure; the expectation beside it is judged as ever."""
    given, said = ARGUMENTS[what]
    wrong, sound = judged(con, given, expectation(FILLED, "patient_id"))
    assert (wrong.status, sound.status) == ("error", "passed")
    assert said in wrong.note


def test_a_condition_keeps_the_rows_that_it_names(con) -> None:
    """In the words of pandas, of the library's older form, and as an object of its newer one."""
    object_form = {
        "type": "and",
        "conditions": [
            {"type": "comparison", "column": {"name": "modality"}, "operator": "==", "parameter": "mwa"},
            {"type": "nullity", "column": {"name": "power_w"}, "is_null": False},
        ],
    }
    found = judged(
        con,
        expectation(
            BETWEEN, max_value=41, row_condition="modality == 'mwa' and power_w < 60", condition_parser="pandas"
        ),
        expectation(BETWEEN, max_value=41, row_condition='col("power_w") < 60', condition_parser="great_expectations"),
        expectation(BETWEEN, max_value=41, row_condition=object_form),
        expectation(COUNT, None, value=0, row_condition="session_date < '2000-01-01'", condition_parser="pandas"),
    )
    assert [(one.status, one.n_rows) for one in found] == [
        ("passed", 60),
        ("passed", 60),
        ("failed", 100),
        ("passed", 0),
    ]


def test_days_and_whole_numbers_compare(con) -> None:
    """A day is compared with its text, a column of days with another."""
    found = judged(
        con,
        expectation(BETWEEN, "session_date", min_value="2018-01-02", max_value="2020-12-31"),
        expectation(BETWEEN, "session_date", min_value="2018-01-03", max_value="2020-12-31"),
        expectation("expect_column_unique_value_count_to_be_between", "patient_id", min_value=200, max_value=200),
        expectation("expect_column_values_to_not_be_in_set", "session_date", value_set=["2018-01-02"]),
    )
    assert [(one.status, one.n_broken) for one in found] == [
        ("passed", 0),
        ("failed", 1),
        ("passed", None),
        ("failed", 1),
    ]
    (no_day,) = judged(con, expectation(BETWEEN, "session_date", min_value="soon"))
    assert no_day.note == "min_value is no day. Write it like 2020-01-31."


def test_no_value_of_a_patient_leaves(con) -> None:
    """Neither failing values nor an extreme are in a verdict; figures of ten rows are, of nine are not."""
    con.execute("UPDATE clean.rfa_sessions SET power_w = 47.12345 WHERE place(patient_id) = 3")
    con.execute("UPDATE clean.rfa_sessions SET segment = 'MARKER' WHERE place(patient_id) = 3")
    con.execute("UPDATE clean.rfa_sessions SET minimal_margin_mm = CASE WHEN place(patient_id) <= 9 THEN 5.0 END")
    mean = "expect_column_mean_to_be_between"
    found = judged(
        con,
        expectation(BETWEEN, max_value=41),
        expectation("expect_column_max_to_be_between", max_value=41),
        expectation("expect_column_distinct_values_to_be_in_set", "segment", value_set=["2"]),
        expectation(mean, min_value=50, max_value=70),
        expectation(mean, "minimal_margin_mm", min_value=5, max_value=5),
    )
    assert [one.status for one in found] == ["failed", "failed", "failed", "passed", "passed"]
    told = json.dumps([vars(one) | {"stated": None} for one in found])
    assert "47.1" not in told and "MARKER" not in told
    assert found[3].observed == pytest.approx(56.07, abs=0.01) and found[4].observed is None


def test_a_large_table_is_not_judged_and_says_so(con, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never a sample; a gate on it counts as not judged, which refuses a release."""
    monkeypatch.setattr(home_suites, "JUDGED_ROWS_MAX", 199)
    (large,) = judged(con, expectation(FILLED, "patient_id", meta={"gate": True}))
    assert large.status == "error" and large.stated.severity == "gate"
    assert large.note.startswith(f"Not judged: {TABLE} has 200 rows, and rows are judged up to 199.")


@pytest.mark.long
def test_an_expectation_that_never_ends_is_stopped_alone(con) -> None:
    """An expression that backtracks for years on one cell costs its own verdict and no other, and refuses nothing."""
    con.execute(f"UPDATE {TABLE} SET segment = repeat('a', 40) || '!' WHERE place(patient_id) = 3")
    never = expectation(REGEX, "segment", regex="^(a+)+$", meta={"gate": True})
    started = time.monotonic()
    stopped, sound = judge_suite(new_batches(), con, suite(never, expectation(FILLED, "patient_id")), seconds=0.4)
    assert time.monotonic() - started < 10
    assert (stopped.status, stopped.stated.severity, sound.status) == ("error", "critical", "passed")
    assert stopped.note == "It takes longer than 0.4 s, so it is not judged. Simplify it, or write a rule."
    assert signal.getsignal(signal.SIGALRM) == signal.SIG_DFL and signal.getitimer(signal.ITIMER_REAL)[0] == 0


@pytest.mark.long
def test_every_type_counts_what_is_said_of_it(con) -> None:
    """Each type that judges row by row is run with arguments that one filled row of four breaks."""
    con.execute(f"DELETE FROM {TABLE} WHERE place(patient_id) > 5")
    con.execute(f"UPDATE {TABLE} SET segment = CASE place(patient_id) WHEN 5 THEN NULL WHEN 1 THEN 'x1' ELSE '7' END")
    kwargs: dict[str, dict] = {
        "expect_column_values_to_be_in_set": {"value_set": ["7"]},
        "expect_column_values_to_not_be_in_set": {"value_set": ["x1"]},
        "expect_column_values_to_match_regex": {"regex": "^[0-9]$"},
        "expect_column_values_to_not_match_regex": {"regex": "x"},
        "expect_column_values_to_match_regex_list": {"regex_list": ["^[0-9]$"]},
        "expect_column_values_to_not_match_regex_list": {"regex_list": ["x"]},
        "expect_column_value_lengths_to_equal": {"value": 1},
        "expect_column_value_lengths_to_be_between": {"max_value": 1},
        "expect_column_values_to_match_strftime_format": {"strftime_format": "%d"},
        "expect_column_values_to_be_json_parseable": {},
        "expect_column_values_to_be_dateutil_parseable": {},
    }
    found = judged(con, *(expectation(kind, "segment", **given) for kind, given in kwargs.items()))
    counts = {one.stated.kind: (one.status, one.n_broken, one.n_rows) for one in found}
    assert counts == dict.fromkeys(kwargs, ("failed", 1, 4)), [one.note for one in found]
