"""Own rules about a whole table: the standard's operators and units, proven by whole tables, reported by results."""

from __future__ import annotations

import duckdb
import pytest

from tests.own_rules.files import book, document, metric, rule
from warehouse.clean.lesions import create_clean_tables
from warehouse.own_rules.table_number import Verdict, judge_table
from warehouse.quality.own_canaries import prove
from warehouse.quality.rule_results import _table_result

POWERS = (None, None, 39.0, 40.0, 250.0)
"""power_w of five sessions, of five patients."""
TIMES = "[{bad: {power_w: 39}, times: 3}, {good: {power_w: 39}}]"
MISSING = "[{bad: {power_w: ''}}, {good: {power_w: 39}}]"


@pytest.fixture(scope="module")
def clean() -> duckdb.DuckDBPyConnection:
    """Clean tables with POWERS, and a patient of whom no row was delivered."""
    con = duckdb.connect()
    create_clean_tables(con)
    for number, power in enumerate(POWERS):
        con.execute(
            "INSERT INTO clean.rfa_sessions BY NAME SELECT ? AS row_id, 'north' AS site, ? AS patient_id, 'S' AS "
            "session_id, 'L' AS lesion_id, ? AS power_w, 'd' AS delivery",
            [number, f"P{number}", power],
        )
    con.execute("INSERT INTO clean.patients BY NAME SELECT 'north' AS site, 'P0' AS patient_id, NULL AS delivery")
    return con


def with_limit(text: str, limit: str) -> str:
    """The rule with another operator than `mustBe: 0`."""
    return text.replace("mustBe: 0", limit)


def missing(limit: str) -> str:
    """A limit for empty cells of power_w."""
    return with_limit(document(metric("missingValues", "{}", MISSING)), limit)


JUDGED = {
    "fewer than two": (missing("mustBeLessThan: 2"), True, "It is 2. It must be less than 2."),
    "at most two": (missing("mustBeLessOrEqualTo: 2"), False, "It is 2. It must be at most 2."),
    "a share": (missing("mustBeLessThan: 50, unit: percent"), False, "It is 40 %. It must be less than 50 %."),
    "a share beyond": (missing("mustBeLessThan: 39, unit: percent"), True, "It is 40 %. It must be less than 39 %."),
    "within, limits included": (missing("mustBeBetween: [2, 3]"), False, "It is 2. It must be from 2 to 3."),
    "outside, limits excluded": (missing("mustNotBeBetween: [2, 3]"), True, "It is 2. It must be outside 2 to 3."),
    "exactly": (missing("mustBe: 2"), False, "It is 2. It must be 2."),
    "anything else": (missing("mustNotBe: 2"), True, "It is 2. It must be other than 2."),
    "more": (missing("mustBeGreaterThan: 1"), False, "It is 2. It must be more than 1."),
    "at least": (missing("mustBeGreaterOrEqualTo: 3"), True, "It is 2. It must be at least 3."),
    "zero, reported": (
        document(rule(custom="{property: phase, value: dataset}")),
        True,
        "It is 1. It must be 0.",
    ),
    "rows": (with_limit(document(metric("rowCount", "{}", TIMES)), "mustBeLessThan: 3"), True, "It is 5. It must be"),
    "a mean": (
        with_limit(document(rule("SELECT avg({property}) FROM {object}", TIMES)), "mustBeBetween: [100, 110]"),
        False,
        "It must be from 100 to 110.",
    ),
    "repeated values": (
        with_limit(document(metric("duplicateValues", "{}", TIMES)), "mustBeLessThan: 1"),
        False,
        "It is 0.",
    ),
    "rows that met a condition": (
        with_limit(document(rule("SELECT count(*) FROM {object} AS s WHERE s.power_w > 39")), "mustBeGreaterThan: 1"),
        False,
        "It is 2.",
    ),
    "patients that were delivered": (
        with_limit(
            document(metric("rowCount", "{}", "[{bad: {}, times: 2}, {good: {}}]"), "patients", "sex"),
            "mustBeLessThan: 1",
        ),
        False,
        "It is 0.",
    ),
}


@pytest.mark.parametrize("name", JUDGED)
def test_a_number_is_held_to_its_limit(clean: duckdb.DuckDBPyConnection, name: str) -> None:
    """Each operator and unit says what it says, of the rows that were delivered; what could be a patient's own value,
    such as a mean, is not told.
    """
    text, is_broken, note = JUDGED[name]
    made = book(text)
    assert made.refused == ()
    verdict = judge_table(clean, made.own[0])
    assert verdict is not None and (verdict.is_broken, verdict.note[: len(note)]) == (is_broken, note)


@pytest.mark.long
def test_tables_prove_the_rule() -> None:
    """A rule whose bad table keeps the limit, or whose good one breaks it, is refused by name."""
    bites = with_limit(document(metric("rowCount", "{}", TIMES)), "mustBeLessThan: 3")
    assert [one.rule_id for one in prove(book(bites)).own] == ["HD-01"]
    (slack,) = prove(book(bites.replace("mustBeLessThan: 3", "mustBeLessThan: 4"))).refused
    (strict,) = prove(book(bites.replace("mustBeLessThan: 3", "mustBeLessThan: 1"))).refused
    assert slack.reason.startswith("The rule does not find its bad row 1")
    assert strict.reason.startswith("The rule finds its good row 1")


@pytest.mark.long
def test_shares_and_means_are_proven_too() -> None:
    """The canaries of a share are a table with a gap and one without; several patients make a mean."""
    share = missing("mustBeLessThan: 50, unit: percent")
    powers = "[{bad: {power_w: 10}, times: 2}, {good: {power_w: 60}}]"
    mean = with_limit(document(rule("SELECT avg({property}) FROM {object}", powers)), "mustBeGreaterThan: 50")
    for text in (share, mean):
        assert prove(book(text)).refused == ()


def test_what_is_no_number_fails_on_its_canaries() -> None:
    """A date cannot be held to a limit."""
    text = with_limit(document(rule("SELECT max(session_date) FROM {object}")), "mustBeLessThan: 5")
    (refused,) = prove(book(text)).refused
    assert refused.reason.startswith("The rule fails, or takes too long, on its own canaries")


NOT_JUDGED = {
    "it fails": (None, "error"),
    "there is no number": (Verdict(None, 5, ""), "error"),
    "there is no row": (Verdict(None, 0, ""), "not applicable"),
    "it keeps the limit": (Verdict(False, 5, ""), "passed"),
    "it breaks the limit": (Verdict(True, 5, ""), "failed"),
}


@pytest.mark.parametrize("name", NOT_JUDGED)
def test_what_cannot_be_judged_never_passes(name: str) -> None:
    """A number that is null counts as an error unless the table has no rows."""
    (own,) = book(missing("mustBeLessThan: 2")).own
    verdict, status = NOT_JUDGED[name]
    assert _table_result(own, verdict).status == status
