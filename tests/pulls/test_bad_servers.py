"""Tests that a server's bad answers are refused clearly: nothing is delivered, and what can be cured by waiting is."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.pulls.conftest import SITE_TOML, Clinic
from tests.pulls.redcap_server import TOKEN, Answer, Form, Redcap, Twist
from tests.warehouse.kit import SITE
from warehouse.pulls.pull_folder import problems_of_pulls
from warehouse.pulls.pull_sites import pull_sites

WEB_PAGE = b"<!DOCTYPE html><html><body>Down for maintenance: Anna \xc3\x84rmel</body></html>"


def _always(answer: Answer) -> Twist:
    return lambda form, _: answer


def _is_page(form: Form) -> bool:
    return "records[0]" in form


def _on_pages(change: Callable[[Form, Answer], Answer | None]) -> Twist:
    return lambda form, answer: change(form, answer) if _is_page(form) else answer


def _half(_: Form, answer: Answer) -> Answer:
    return Answer(answer.body, cut=len(answer.body) // 2)


def _half_without_length(_: Form, answer: Answer) -> Answer:
    return Answer(answer.body[: len(answer.body) - 40])


def _last_cell_missing(_: Form, answer: Answer) -> Answer:
    return Answer(answer.body[:-2])


def _first_page_again(project: Redcap) -> Twist:
    """Every page but the first has the first page's rows."""
    first: list[Answer] = []

    def twist(form: Form, answer: Answer) -> Answer:
        if not _is_page(form):
            return answer
        first.append(answer)
        return first[0]

    return twist


FINAL = [
    (
        Answer(b'{"error":"No permissions"}', 403, "application/json"),
        "The server refuses the token (403).",
    ),
    (Answer(b"", 401), "The server refuses the token (401)."),
    (Answer(WEB_PAGE, 404, "text/html"), "The server has no API at this address (404)."),
    (
        Answer(b'{"error":"001 is unknown"}', 400, "application/json"),
        "The server refuses the request (400).",
    ),
    (Answer(b"", 302, headers={"Location": "http://127.0.0.1:9/api/"}), "to another address (302)"),
    (Answer(b"", 307, headers={"Location": "http://127.0.0.1:9/api/"}), "to another address (307)"),
]
PASSING = [
    (Answer(b"too many", 429), "The server asks for fewer requests (429)."),
    (Answer(WEB_PAGE, 500, "text/html"), "The server fails (500)."),
    (Answer(WEB_PAGE, 503, "text/html"), "The server fails (503)."),
    (Answer(WEB_PAGE, 200, "text/html"), "a web page instead of data"),
    (Answer(b'{"error":"Anna is not a field"}', 200), "an error instead of data"),
    (Answer(b"ERROR: Anna is not a field", 200), "an error instead of data"),
    (Answer("pid,größe\n1,Ä\n".encode("latin-1"), 200), "is not UTF-8"),
    (Answer(b"", 200), "is empty"),
]
ON_PAGES = [
    (_half, "ended in the middle of the server's answer"),
    (_half_without_length, "ends in the middle of a row"),
    (_last_cell_missing, "is cut off"),
    (lambda form, answer: None, "cannot be reached"),
    (lambda form, answer: Answer(b""), "answers with nothing"),
    (lambda form, answer: Answer(b"\n"), "answers with nothing"),
    (lambda form, answer: Answer(answer.body.split(b"\n", 1)[0] + b"\n"), "lacks 2 of 2 records"),
    (lambda form, answer: Answer(answer.body.replace(b"pid,", b"id,", 1)), "lacks the column of the record id"),
    (lambda form, answer: Answer(answer.body.replace(b"ratio", b"size", 1)), "two columns of one name"),
]


@pytest.mark.parametrize(("answer", "sentence"), FINAL)
def test_what_waiting_does_not_cure_is_asked_once(clinic: Clinic, answer: Answer, sentence: str) -> None:
    """A refused token, a wrong address and a redirect end the pull at once, in one sentence with a cure."""
    clinic.project.twist = _always(answer)
    problem = clinic.problem()
    assert sentence in problem and problem.count(". ") >= 1
    assert len(clinic.project.asked) == 1 and clinic.waits == []


@pytest.mark.parametrize(("answer", "sentence"), PASSING)
def test_what_may_pass_is_asked_again(clinic: Clinic, answer: Answer, sentence: str) -> None:
    """Overload, failures and pages that are no data are asked for again with growing pauses, then refused."""
    clinic.project.twist = _always(answer)
    problem = clinic.problem()
    assert sentence in problem and "Asked 7 times" in problem
    assert clinic.waits == [1, 2, 4, 8, 16, 32]
    assert "Anna" not in problem and "001" not in problem


@pytest.mark.parametrize(("answer", "sentence"), PASSING)
def test_a_server_that_recovers_is_pulled(clinic: Clinic, answer: Answer, sentence: str) -> None:
    """Two bad answers before a good one cost two pauses and nothing else."""
    left = [answer, answer]
    clinic.project.twist = lambda form, good: left.pop() if left else good
    assert clinic.pull() == ["whole"]
    assert clinic.waits == [1, 2]


@pytest.mark.parametrize(("change", "sentence"), ON_PAGES)
def test_a_bad_page_is_refused(clinic: Clinic, change, sentence: str) -> None:
    """Half a page, an empty one and one with other columns are refused; the pages before are not delivered."""
    clinic.project.twist = _on_pages(lambda form, answer: change(form, answer) if "003" in form.values() else answer)
    problem = clinic.problem()
    assert sentence in problem
    assert "003" not in problem
    clinic.project.twist = lambda form, answer: answer
    assert clinic.pull() == ["whole"]


def test_the_same_page_twice_is_refused(clinic: Clinic) -> None:
    """A server that gives the first page again for the second is found by the records on it."""
    clinic.project.twist = _first_page_again(clinic.project)
    assert "2 records that were not asked for on this page" in clinic.problem()


def test_columns_that_differ_between_pages_are_refused(clinic: Clinic) -> None:
    """A field that is added while pages are taken does not shift any cell: the pull is refused."""
    clinic.project.twist = _on_pages(
        lambda form, answer: Answer(answer.body.replace(b"ratio", b"quota", 1)) if "003" in form.values() else answer
    )
    assert "differ from page to page" in clinic.problem()


def test_an_empty_list_of_records_is_refused(clinic: Clinic) -> None:
    """A project that suddenly has no records is more likely a lost right than an emptied project."""
    rows = clinic.project.rows
    clinic.project.rows = []
    assert "has no records, or the token's user may not see them" in clinic.problem()
    clinic.project.rows = rows
    assert clinic.pull() == ["whole"]
    clinic.project.rows = []
    assert "has no records, or the token's user may not see them" in clinic.problem(is_whole=True)


def test_the_pause_that_the_server_asks_for_is_made(clinic: Clinic) -> None:
    """Retry-After is heeded, up to five minutes."""
    left = [Answer(b"", 429, headers={"Retry-After": "7200"}), Answer(b"", 429, headers={"Retry-After": "20"})]
    clinic.project.twist = lambda form, good: left.pop() if left else good
    assert clinic.pull() == ["whole"]
    assert clinic.waits == [20, 300]


def test_many_deletions_wait_for_a_person(clinic: Clinic) -> None:
    """When more records are gone than a delivery may withdraw, nothing is delivered until somebody has looked."""
    clinic.pull()
    for record in ("003", "004", "005"):
        clinic.project.delete(record)
    problem = clinic.problem(is_whole=True)
    assert "3 of 6 records are no longer in the project" in problem and "--accept-deletions" in problem
    assert clinic.pull(is_whole=True, accepts_deletions=True) == ["absent", "whole"]


def test_rights_that_hide_a_named_field_refuse_the_pull(clinic: Clinic) -> None:
    """REDCap leaves out fields that the token's user may not export, without a word; a needed one is named."""
    clinic.project.hidden = {"size"}
    assert "leaves out fields that site.toml names: size" in clinic.problem()


def test_rights_that_hide_other_fields_are_said(clinic: Clinic) -> None:
    """Fields that the mapping does not need may be left out: it is said, and identifiers are not counted."""
    clinic.project.hidden = {"name", "note", "drugs___1", "drugs___2"}
    outcome = clinic.outcome()
    assert outcome.pulled is not None
    assert outcome.pulled.remarks == ("The server leaves out 2 fields that the token's user may not export.",)


def test_an_interrupted_pull_goes_on_where_it_was(clinic: Clinic) -> None:
    """Pages that came before the server failed are not asked for again, and the pull counts from its first start."""
    clinic.project.twist = _on_pages(lambda form, answer: None if "005" in form.values() else answer)
    assert "cannot be reached" in clinic.problem()
    clinic.project.twist = lambda form, answer: answer
    clinic.project.asked.clear()
    assert clinic.pull() == ["whole"]
    assert clinic.project.contents() == ["metadata", "metadata", "record 2", "exportFieldNames"]
    state = json.loads((clinic.kit.home.warehouse / "pulls" / SITE / "redcap" / "state.json").read_text())
    assert state["begun"] == "2026-03-02T02:00:00+00:00"


def test_an_old_interrupted_pull_is_begun_again(clinic: Clinic) -> None:
    """After a day, or when the dictionary has changed, pages of an interrupted pull are not used."""
    clinic.project.twist = _on_pages(lambda form, answer: None if "005" in form.values() else answer)
    clinic.problem()
    clinic.project.twist = lambda form, answer: answer
    clinic.project.asked.clear()
    assert clinic.pull(after=timedelta(days=2)) == ["whole"]
    assert clinic.project.contents().count("record 2") == 3


def test_a_record_deleted_while_pages_are_taken_is_left_out(clinic: Clinic) -> None:
    """A record that is listed and gone before its page comes does not stop the pull."""

    def twist(form: Form, answer: Answer) -> Answer:
        if _is_page(form) and "001" in form.values():
            clinic.project.delete("003")
        return answer

    clinic.project.twist = twist
    assert clinic.pull() == ["whole"]
    assert "\n003," not in clinic.newest("whole") and "\n004," in clinic.newest("whole")


def test_what_fails_at_one_site_leaves_the_others(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site whose server cannot be reached has its problem; the next site is pulled."""
    monkeypatch.setenv("REGISTRY_TOKEN_AAA_REDCAP", TOKEN)
    clinic.kit.configure("aaa", SITE_TOML.format(address="http://127.0.0.1:9/api/", mode="delta"))
    clinic.kit.configure("bbb", "[sources.redcap]\nkind = 3\n")
    first, second = pull_sites(clinic.kit.home, sleep=clinic.waits.append)
    assert first.pulled is None and second.pulled is not None
    assert problems_of_pulls(clinic.kit.home) == [("aaa/redcap", first.problem)]
    assert "The server cannot be reached." in first.problem
