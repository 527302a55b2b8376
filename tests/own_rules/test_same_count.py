"""The rows that a rule finds are those that its query counts, whatever condition it states."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.own_rules.files import book, document, metric, rule
from warehouse.clean.lesions import create_clean_tables
from warehouse.clean.own_row_rules import OwnRowRules
from warehouse.clean.own_table_rules import rows_that_break
from warehouse.own_rules.rule_sql import filled_in

CELLS = [(None, None), (39.0, "4"), (40.0, None), (40.0, "8"), (250.0, "4a"), (None, "8")]
"""power_w and segment of six sessions, of six patients."""
ATOMS = (
    *("power_w < 40", "power_w = 40", "power_w IS NULL", "segment IN ('4', '8')", "segment IS NULL", "segment > '4'"),
    *("power_w // 7 = 5", "power_w % 7 > 3", "power_w ^ 2 > 1600", "power_w::INTEGER & 1 = 0", "-power_w < -39.5"),
    *("segment ~ '[0-9]'", "segment[1] = '4'", "segment NOT LIKE '4%'", "segment ILIKE '4A'", "segment || 'x' = '8x'"),
    *("CASE WHEN power_w > 39 THEN segment = '8' END", "power_w IS DISTINCT FROM 40", "power_w / 4 = 10"),
    *("date_diff('day', DATE '2020-01-01', DATE '2020-02-01' + power_w::INTEGER) > 71", "power_w NOT IN (39, 250)"),
    *("regexp_full_match(segment, '[0-9][a-b]')", "length(segment) = 2", "power_w BETWEEN 40 AND 250"),
)
conditions = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.one_of(
        inner.map(lambda one: f"NOT ({one})"),
        st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(lambda three: f"({' '.join(three)})"),
    ),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def clean() -> duckdb.DuckDBPyConnection:
    """Clean tables with CELLS; the first three patients have a row of their own."""
    con = duckdb.connect()
    create_clean_tables(con)
    for number, (power, segment) in enumerate(CELLS, start=1):
        con.execute(
            "INSERT INTO clean.rfa_sessions BY NAME SELECT ? AS row_id, 'north' AS site, ? AS patient_id, "
            "'S' AS session_id, 'L' AS lesion_id, ? AS power_w, ? AS segment",
            [number, f"P{number}", power, segment],
        )
    con.execute(
        "INSERT INTO clean.patients BY NAME SELECT row_id, site, patient_id, row_id AS ecog FROM clean.rfa_sessions "
        "WHERE row_id < 4"
    )
    return con


def found(con: duckdb.DuckDBPyConnection, text: str) -> list[int]:
    """The row ids that the one rule of the file finds."""
    (own,) = book(text).own
    if own.rule.phase == 6:
        rows = rows_that_break(con, own.breaks)
        assert rows is not None
        return sorted(rows["row_id"])
    frame = con.execute("SELECT *, DATE '2024-06-30' AS extract_date FROM clean.rfa_sessions ORDER BY row_id").pl()
    rules = OwnRowRules(con)
    marks = rules.broken(frame, (own,)).to_series()
    rules.close()
    return sorted(frame.filter(marks)["row_id"])


@pytest.mark.long
@settings(max_examples=60, deadline=None)
@given(conditions)
def test_a_row_rule_finds_what_its_query_counts(clean: duckdb.DuckDBPyConnection, condition: str) -> None:
    """With nulls as SQL takes them: a condition that is null is not counted, and the row is kept."""
    query = f"SELECT count(*) FROM {{object}} WHERE {condition}"
    counted = clean.execute(filled_in(query, "rfa_sessions", "power_w")).fetchone()
    assert counted == (len(found(clean, document(rule(query)))),)


@pytest.mark.long
@settings(max_examples=30, deadline=None)
@given(conditions)
def test_a_rule_across_rows_finds_what_its_query_counts(clean: duckdb.DuckDBPyConnection, condition: str) -> None:
    """Of a join that repeats no row, as many rows are found as are counted."""
    query = f"SELECT count(*) FROM {{object}} AS s JOIN patients AS p USING (site, patient_id) WHERE {condition}"
    whole = filled_in(query, "rfa_sessions", "power_w").replace("JOIN patients", "JOIN clean.patients")
    assert clean.execute(whole).fetchone() == (len(found(clean, document(rule(query)))),)


METRICS = {
    "nullValues": ("{}", [1, 6]),
    "missingValues": ("{missingValues: [40, ''  ]}", [1, 3, 4, 6]),
    "invalidValues": ("{validValues: [39, 250]}", [3, 4]),
    "duplicateValues": ("{}", [4]),
}


@pytest.mark.parametrize("name", METRICS)
def test_metrics_count_as_the_page_says(name: str, clean: duckdb.DuckDBPyConnection) -> None:
    """Empty cells are missing, are not invalid and are no duplicates; of equal values the first one stands."""
    arguments, rows = METRICS[name]
    assert found(clean, document(metric(name, arguments))) == rows


def test_a_pattern_matches_the_whole_cell(clean: duckdb.DuckDBPyConnection) -> None:
    """ "4" does not let "4a" pass, as a pattern that may stand anywhere would."""
    assert found(clean, document(metric("invalidValues", '{pattern: "[0-9]"}'), column="segment")) == [5]


def test_a_rule_that_never_ends_is_stopped_alone(
    clean: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is stopped when its time is up; the caller's connection goes on."""
    monkeypatch.setattr("warehouse.clean.own_table_rules.RULE_SECONDS", 0.2)
    clean.execute("CREATE OR REPLACE TABLE clean.many AS SELECT range AS n FROM range(1000000)")
    endless = "SELECT a.n AS row_id FROM clean.many a, clean.many b WHERE a.n + b.n < 0"
    assert rows_that_break(clean, endless) is None
    assert clean.execute("SELECT count(*) FROM clean.rfa_sessions").fetchone() == (len(CELLS),)


def test_a_rule_that_fails_leaves_the_others_beside_it(clean: duckdb.DuckDBPyConnection) -> None:
    """Where one condition cannot be run at all, the rules beside it are asked by themselves."""
    (low,) = book(document(rule())).own
    broken = type(low)(low.rule, low.export, low.column, "no_such_column > 1", low.file)
    rules = OwnRowRules(clean)
    marks = rules.broken(clean.execute("SELECT * FROM clean.rfa_sessions ORDER BY row_id").pl(), (broken, low))
    rules.close()
    assert marks["0"].null_count() == len(CELLS)
    assert marks["1"].to_list() == [False, True, False, False, False, False]
