"""The page of questions to a site: what it shows, what it writes, and whom it refuses."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from explore.question_data import Questions
from explore.questions import LARGEST_FORM_BYTES
from orchestration.cli.questions_page import guarded_pages
from orchestration.same_origin import only_here
from tests.days import today
from tests.explore.client import TestClient
from tests.quality.questions_asked import ask, history, thread_of
from tests.quality.site_at_work import SITE, Site
from tests.warehouse.release_kit import release_small
from warehouse.archive import thread_log
from warehouse.storage import lock

KEY = "a-key-of-the-test"
PLACE = "http://127.0.0.1:3002"
OWN = {"origin": PLACE, "sec-fetch-site": "same-origin"}


@pytest.fixture(scope="module")
def asked_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A released home whose site was asked a row and a value."""
    site = Site(tmp_path_factory.mktemp("asked"))
    site.sessions("2024-01-31.csv", "P1,S1,2023-05-02,L1,18,5,60", "P2,S1,2023-05-03,L2,220,5,60")
    site.sessions("2024-02-28.csv", "P3,S1,2023-05-04,L3,20,5,900")
    release_small(site.home)
    ask(site, -9, today(-1))
    return site.home.root


@pytest.fixture
def site(asked_home: Path, tmp_path: Path) -> Site:
    """A copy of it."""
    shutil.copytree(asked_home, tmp_path, dirs_exist_ok=True, symlinks=True)
    return Site(tmp_path)


@pytest.fixture
def page(site: Site) -> Iterator[TestClient]:
    """A browser at the page, with the key."""
    app = only_here(guarded_pages(Questions(site.home, SITE), KEY, 3002))
    with TestClient(app, base_url=PLACE, follow_redirects=False) as client:
        client.cookies.set("questions-3002", KEY)
        yield client


def entry_of(text: str) -> str:
    """The id of the entry in the form."""
    found = re.search(r'name="entry" value="([0-9a-f]{16})"', text)
    assert found is not None
    return found[1]


def place_of(site: Site, rule: str) -> str:
    """The address of the question of that rule."""
    return f"/question/{thread_of(site, rule).thread}"


@pytest.mark.long
def test_it_lists_what_is_open_and_late(page: TestClient, site: Site) -> None:
    """Each question links to its page, with state, day and person; a list of another kind is refused."""
    text = page.get("/").text
    assert 'href="/question/' in text and text.count("late</b>") == 2 and "P2|S1|L2" in text
    assert "No question is in this list." in page.get("/?show=closed").text
    refused = page.get("/?show=everything")
    assert refused.status_code == 400 and "There is no such list." in refused.text
    assert page.get("/question/zzzz").status_code == 400


@pytest.mark.long
def test_an_answer_is_a_sheet_that_the_refresh_takes(page: TestClient, site: Site) -> None:
    """The page writes one workbook into landing/, says that it waits, and the refresh applies it, signed."""
    place = place_of(site, "LES-03")
    shown = page.get(place).text
    assert "220" in shown and "Answered by" in shown
    form = {"entry": entry_of(shown), "answer": "correct", "corrected": "22", "by": "Dr. A", "comment": "Typing error"}
    done = page.post(f"{place}/answer", data=form, headers=OWN)
    assert done.status_code == 303
    assert "waits in landing/" in page.get(done.headers["location"]).text
    assert "An answer waits for the next refresh." in page.get(place).text
    assert "an answer waits for the refresh" in page.get("/").text
    again = page.post(f"{place}/answer", data=form, headers=OWN)
    assert again.status_code == 400 and "the answer waits for the next refresh" in again.text
    site.refresh()
    assert [row[1:3] for row in site.answers()] == [("correct", "applied")]
    assert site.ask("SELECT max_diameter_mm FROM clean.rfa_sessions WHERE patient_id = 'P2'") == [(22.0,)]
    assert [one.sentence for one in history(site, "LES-03") if one.by == "Dr. A"][-1] == "Typing error"
    assert "Answered correct; the answer counts." in page.get(place).text


WRONG = [
    ({"answer": "correct", "by": "Dr. A"}, "no corrected value is given"),
    ({"answer": "reject", "by": ""}, "not signed"),
    ({"answer": "", "by": "Dr. A"}, "Nothing was answered"),
    ({"answer": "perhaps", "by": "Dr. A"}, "none of those in the list of the cell"),
    ({"answer": "reject", "by": "Dr. A", "entry": "0" * 16}, "since this page was shown"),
]


@pytest.mark.long
@pytest.mark.parametrize(("form", "said"), WRONG)
def test_a_wrong_answer_is_refused_and_still_in_the_form(page: TestClient, site: Site, form: dict, said: str) -> None:
    """One sentence with its cure; nothing is written, and what was typed is not lost."""
    place = place_of(site, "LES-03")
    typed = {"entry": entry_of(page.get(place).text), "comment": "As I said"} | form
    if form["answer"] == "":
        typed["comment"] = ""
    refused = page.post(f"{place}/answer", data=typed, headers=OWN)
    assert refused.status_code == 400 and said in refused.text
    assert not (site.home.landing / SITE / "answers").exists()
    assert typed["comment"] in refused.text


@pytest.mark.long
def test_a_data_manager_handles_a_question(page: TestClient, site: Site) -> None:
    """Assigning, saying, closing and reopening are lines of the journal, with the name; nothing else is."""
    place = place_of(site, "ABL-06")
    asked = thread_log.count(site.home)
    days = {"due": str(today(4)), "due_before": str(today(-1))}
    form = {"assign": "B. Wong", "assigned": "", "say": "Please look"} | days
    nobody = page.post(f"{place}/manage", data=form, headers=OWN)
    assert nobody.status_code == 400 and "Nobody is named" in nobody.text
    done = page.post(f"{place}/manage", data=form | {"by": "A. Müller", "decide": "accept"}, headers=OWN)
    assert done.status_code == 303
    assert [(one.by, one.action) for one in thread_log.read(site.home)[asked:]] == [
        ("A. Müller", action) for action in ("assigned", "due", "said", "accepted")
    ]
    assert 'value="A. Müller"' in page.get(place).text
    assert "P3|S1|L3" in page.get("/?show=closed").text
    nothing = page.post(f"{place}/manage", data={"by": "A", "assign": "B. Wong", "assigned": "B. Wong"}, headers=OWN)
    assert nothing.status_code == 400 and "Nothing was changed." in nothing.text
    again = page.post(f"{place}/manage", data={"by": "A", "decide": "reopen"}, headers=OWN)
    assert again.status_code == 303 and thread_of(site, "ABL-06").state == "reopened"


def test_others_and_other_pages_get_nothing(page: TestClient, site: Site) -> None:
    """Without the key, from another page or by GET nothing is shown or done; a form beyond reason is refused."""
    place = place_of(site, "LES-03")
    before = thread_log.count(site.home)
    form = {"by": "A", "decide": "accept"}
    for headers in ({"origin": "http://evil.example"}, {"origin": PLACE, "sec-fetch-site": "cross-site"}):
        assert page.post(f"{place}/manage", data=form, headers=headers).status_code == 403
    assert page.get(f"{place}/manage", params=form).status_code == 405
    assert page.get("/", headers={"host": "evil.example"}).status_code == 400
    large = page.post(f"{place}/manage", data={"say": "x" * LARGEST_FORM_BYTES}, headers=OWN)
    assert large.status_code == 400 and "The form is too long." in large.text
    page.cookies.clear()
    for answer in (page.get("/"), page.post(f"{place}/manage", data=form, headers=OWN)):
        assert answer.status_code == 403 and "registry questions" in answer.text
    assert thread_log.count(site.home) == before


def test_while_a_refresh_runs_it_says_so(page: TestClient, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page waits for nobody's lock: one sentence, and the next request works."""
    with lock.refresh_lock(site.home), monkeypatch.context() as patched:
        patched.setattr(lock, "_held", set())  # as in another process
        refused = page.get("/")
    assert refused.status_code == 503 and "Another refresh is running" in refused.text
    assert page.get("/").status_code == 200
