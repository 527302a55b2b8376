"""Tests of questions as threads: their states, and answers that come twice, late or after the question was closed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.days import today
from tests.quality.questions_asked import BY, answer, arrives, ask, handle, history, thread_of, threads
from tests.quality.site_at_work import Site
from tests.variants import quick
from warehouse.archive import thread_log
from warehouse.queries.handle_question import Wish
from warehouse.queries.threads import find_thread
from warehouse.storage.errors import RegistryError

TOO_LARGE_AGAIN = "P2,S1,2023-05-03,L2,230,5,60"
RIGHT = "P2,S1,2023-05-03,L2,22,5,60"


def states(site: Site) -> dict[str, str]:
    """State of each question, by rule and export."""
    return {f"{one.rule_id} {one.export}": one.state for one in threads(site)}


def test_a_question_goes_through_its_states(site: Site) -> None:
    """Opened, sent, answered, accepted; the other questions stay as they are."""
    others = {"LES-05 rfa_sessions", "PARENT-01 imaging_followups", "PARENT-01 genotypes"}
    asked = {"LES-03 rfa_sessions", "ABL-06 rfa_sessions"} | others
    assert states(site) == dict.fromkeys(asked, "opened")
    ask(site, -3)
    assert states(site) == dict.fromkeys(asked, "sent")
    answer(site, "2024-02-01.xlsx", "ABL-06", "reject")
    assert states(site) == dict.fromkeys(asked, "sent") | {"ABL-06 rfa_sessions": "answered"}
    handle(site, "ABL-06", Wish(accepts=True))
    assert states(site)["ABL-06 rfa_sessions"] == "accepted"
    assert [row.rule_id for row in threads(site) if not row.is_open] == ["ABL-06"]


@pytest.mark.long
def test_what_is_answered_or_delivered_ends_questions(site: Site) -> None:
    """A correction answers its question and resolves those that followed from it; a delivery resolves without one."""
    ask(site, -3)
    answer(site, "2024-02-01.xlsx", "LES-03", "correct", "22")
    assert states(site)["LES-03 rfa_sessions"] == "answered"
    assert states(site)["PARENT-01 genotypes"] == "resolved"
    site.sessions("2024-02-02.csv", "P3,S1,2023-05-04,L3,20,5,90")
    site.refresh()
    assert states(site)["ABL-06 rfa_sessions"] == "resolved"


@pytest.mark.long
@pytest.mark.parametrize("is_closed", quick(1, [True, False]))
def test_an_entry_that_comes_back_is_the_same_question(site: Site, is_closed: bool) -> None:
    """A row that is wrong again reopens its question, under the same id, whether or not somebody had closed it."""
    ask(site, -3)
    before = thread_of(site, "LES-03")
    answer(site, "2024-02-01.xlsx", "LES-03", "correct", "22")
    if is_closed:
        handle(site, "LES-03", Wish(accepts=True))
    site.sessions("2024-03-01.csv", TOO_LARGE_AGAIN)
    site.refresh()
    after = thread_of(site, "LES-03")
    assert (after.thread, after.state, after.sent_at) == (before.thread, "reopened", before.sent_at)
    assert after.due is None and not after.is_late
    ask(site, 1)
    assert thread_of(site, "LES-03").state == "sent"
    assert thread_of(site, "LES-03").due == today(29)
    answer(site, "2024-03-02.xlsx", "LES-03", "correct", "23")
    assert thread_of(site, "LES-03").state == "answered"


@pytest.mark.long
def test_an_answer_that_comes_twice_changes_nothing(site: Site) -> None:
    """The second sheet with the same answer is applied as a repetition, and the history says so in one sentence."""
    ask(site, -3)
    sheet = site.sheet()
    sheet.answer("LES-03", "correct", "22")
    for name in ("2024-02-01.xlsx", "2024-02-02.xlsx"):
        site.hand_back(sheet, name)
        site.refresh()
    assert [row[2:] for row in site.answers()] == [("applied", None), ("applied", "Repeats an earlier answer.")]
    said = [one.sentence for one in history(site, "LES-03") if one.is_said]
    assert said == [
        "Answered correct; the answer counts.",
        "Answered correct again, as before; this changes nothing.",
    ]


@pytest.mark.long
def test_a_late_answer_counts_and_is_counted_as_late(site: Site) -> None:
    """An answer after its due date is applied; the thread is late before it, and says afterwards that it came late."""
    ask(site, -9, today(-2))
    assert thread_of(site, "LES-03").is_late
    assert [one.is_late for one in threads(site, today(-2))] == [False] * 5
    answer(site, "2024-02-01.xlsx", "LES-03", "correct", "22")
    done = thread_of(site, "LES-03")
    assert (done.is_late, done.is_answered_late, done.days_to_answer) == (False, True, 9)
    assert [row[2] for row in site.answers()] == ["applied"]
    assert f"The answer came after it was due on {today(-2)}, and is judged like any other." in [
        one.sentence for one in history(site, "LES-03")
    ]


@pytest.mark.long
def test_an_answer_to_a_closed_question_is_refused(site: Site) -> None:
    """The refusal says by whom and when; after reopening, the same sheet is taken under another name."""
    early = site.sheet()
    early.answer("ABL-06", "correct", "90")
    handle(site, "ABL-06", Wish(accepts=True), -1)
    assert "ABL-06" not in [row[6].value for row in site.sheet().queries.iter_rows(min_row=2)]
    site.hand_back(early, "2024-02-02.xlsx")
    site.refresh()
    assert site.answers()[-1][2:] == (
        "refused",
        f"This question was closed on {today(-1)} by {BY}; ask to reopen it.",
    )
    assert site.ask("SELECT power_w FROM clean.rfa_sessions WHERE patient_id = 'P3'") == [(None,)]
    handle(site, "ABL-06", Wish(reopens=True))
    site.hand_back(early, "2024-02-03.xlsx")
    arrives(site, 1)
    site.refresh()
    assert [row[2] for row in site.answers()] == ["refused", "applied"]
    assert site.ask("SELECT power_w FROM clean.rfa_sessions WHERE patient_id = 'P3'") == [(90.0,)]


@pytest.mark.long
def test_the_answer_that_a_question_was_closed_with_may_come_again(site: Site) -> None:
    """A sheet that repeats the answer after the question was closed changes nothing; one that says otherwise is
    refused.
    """
    sheet = site.sheet()
    sheet.answer("LES-03", "correct", "22")
    site.hand_back(sheet, "2024-02-01.xlsx")
    arrives(site, -3)
    site.refresh()
    handle(site, "LES-03", Wish(accepts=True), -1)
    site.hand_back(sheet, "2024-02-02.xlsx")
    sheet.answer("LES-03", "correct", "23")
    site.hand_back(sheet, "2024-02-03.xlsx")
    site.refresh()
    assert [row[2] for row in site.answers()] == ["applied", "applied", "refused"]
    assert site.ask("SELECT max_diameter_mm FROM clean.rfa_sessions WHERE patient_id = 'P2'") == [(22.0,)]


@pytest.mark.long
def test_closing_changes_nothing_that_was_there_before(site: Site) -> None:
    """A question that is closed or reopened moves no table: answers that had arrived stay what they were."""
    answer(site, "2024-02-01.xlsx", "LES-03", "correct", "22")
    before = site.refresh()
    handle(site, "LES-03", Wish(accepts=True), 1)
    handle(site, "ABL-06", Wish(accepts=True), 1)
    assert site.refresh(full=True) == before
    handle(site, "LES-03", Wish(reopens=True), 2)
    assert site.refresh(full=True) == before


@pytest.mark.long
def test_a_question_that_is_reopened_is_asked_again(site: Site) -> None:
    """A value that the site corrected, or a row that it rejected, is on the next sheet, and its last answer counts."""
    answer(site, "2024-02-01.xlsx", "LES-03", "correct", "22")
    answer(site, "2024-02-02.xlsx", "ABL-06", "reject")
    assert [row[6].value for row in site.sheet().queries.iter_rows(min_row=2)] == ["LES-05"]
    for rule in ("LES-03", "ABL-06"):
        handle(site, rule, Wish(reopens=True, say="Please look at the report."), 1)
        assert thread_of(site, rule).state == "reopened"
    sheet = site.sheet()
    assert [row[6].value for row in sheet.queries.iter_rows(min_row=2)] == ["LES-03", "ABL-06", "LES-05"]
    sheet.answer("LES-03", "correct", "24")
    sheet.answer("ABL-06", "correct", "95")
    site.hand_back(sheet, "2024-02-03.xlsx")
    site.refresh()
    values = "SELECT max_diameter_mm, power_w FROM clean.rfa_sessions WHERE patient_id IN ('P2', 'P3') ORDER BY ALL"
    assert site.ask(values) == [(20.0, 95.0), (24.0, 60.0)]


REFUSED = [
    (Wish(accepts=True, reopens=True), "ABL-06", "cannot be closed and reopened at once"),
    (Wish(reopens=True), "ABL-06", "is open already: it is opened"),
    (Wish(due=today(-1)), "ABL-06", "has passed. Give a later day"),
    (Wish(say="  "), "ABL-06", "Nothing is said"),
    (Wish(say="x" * 2001), "ABL-06", "more than 2,000 characters"),
    (Wish(accepts=True), "LES-05", "was closed already, on"),
    (Wish(due=today(1)), "LES-05", "closed, so no answer can be due. Reopen it first"),
]


@pytest.fixture(scope="module")
def closed_one(asked_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with the question of LES-05 closed."""
    root = tmp_path_factory.mktemp("closed")
    shutil.copytree(asked_site, root, dirs_exist_ok=True)
    site = Site(root)
    handle(site, "LES-05", Wish(accepts=True))
    return site


@pytest.mark.parametrize(("wish", "rule", "said"), REFUSED)
def test_what_cannot_be_done_is_said_and_not_recorded(closed_one: Site, wish: Wish, rule: str, said: str) -> None:
    """A wish that does not fit the question is refused in one sentence with its cure, and leaves no line."""
    before = thread_log.count(closed_one.home)
    with pytest.raises(RegistryError, match=said):
        handle(closed_one, rule, wish)
    assert thread_log.count(closed_one.home) == before


@pytest.mark.long
def test_a_row_that_was_delivered_anew_cannot_be_asked_again(site: Site) -> None:
    """Nothing is left to ask where a delivery settled the question."""
    site.sessions("2024-02-02.csv", RIGHT)
    site.refresh()
    with pytest.raises(RegistryError, match="there is nothing to ask"):
        handle(site, "LES-03", Wish(reopens=True))


def test_a_question_is_named_by_the_start_of_its_id(site: Site) -> None:
    """Four digits suffice if they fit one question; else the sentence says what is missing."""
    found = threads(site)
    assert find_thread(found, found[0].thread[:6].upper()) == found[0]
    for named, said in (("abc", "too short"), ("zzzz", "No question has the id"), ("", "too short")):
        with pytest.raises(RegistryError, match=said):
            find_thread(found, named)
    with pytest.raises(RegistryError, match="2 questions begin with"):
        find_thread([found[0], found[0]], found[0].thread)


@pytest.mark.long
def test_who_looks_after_a_question_and_until_when(site: Site) -> None:
    """The last assignment and due date count; asking again keeps the due date, unless another is given."""
    handle(site, "LES-03", Wish(assign="B. Wong", due=today(5)), -4)
    handle(site, "LES-03", Wish(assign="C. Diaz"), -3)
    ask(site, -2)
    found = thread_of(site, "LES-03")
    assert (found.assignee, found.due) == ("C. Diaz", today(5))
    assert thread_of(site, "ABL-06").due == today(26)
    ask(site, -1, today(9))
    assert {one.due for one in threads(site)} == {today(9)}
    handle(site, "LES-03", Wish(assign=""))
    assert thread_of(site, "LES-03").assignee is None
    said = [one.sentence for one in history(site, "LES-03")]
    assert said[:3] == ["Assigned to B. Wong.", f"An answer is due on {today(5)}.", "Assigned to C. Diaz."]
    assert "Assigned to nobody." in said
