"""Tests the reminders of answers that a site owes: by whom, how often, and what they do not hold."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from orchestration.alerts import sent_log, triggers
from tests.alerts.listeners import MailServer, WebServer, write
from tests.days import noon, today
from tests.quality.questions_asked import answer, ask, handle
from tests.quality.site_at_work import SITE, Site
from warehouse.queries.handle_question import Wish
from warehouse.storage.errors import RefreshRunning


@pytest.fixture
def late(tmp_path: Path, web: WebServer) -> Site:
    """A site that owes two answers since yesterday; alerts go to the web server."""
    site = Site(tmp_path)
    site.sessions("2024-01-31.csv", "P2,S1,2023-05-03,L2,220,5,60", "P3,S1,2023-05-04,L3,20,5,900")
    site.refresh()
    ask(site, -9, today(-1))
    handle(site, "LES-03", Wish(assign="B. Wong"))
    write(site.home, web=web)
    return site


def test_a_site_is_reminded_of_once_a_day(late: Site, web: WebServer) -> None:
    """The alert counts by rule, names who looks after them and no key; it comes again the next day, not before."""
    for _ in range(2):
        assert triggers.answers_overdue(late.home, noon()) == []
    assert [posted["title"] for posted in web.posted] == [f"Registry: answers of {SITE} are overdue (2)"]
    assert web.posted[0]["lines"] == [
        f"ABL-06: 1 due since {today(-1)}",
        f"LES-03: 1 due since {today(-1)}, assigned to B. Wong",
        f"`registry questions {SITE} --late` lists them.",
    ]
    assert triggers.answers_overdue(late.home, noon() + timedelta(days=1)) == []
    assert len(web.posted) == 2


@pytest.mark.long
def test_no_reminder_without_anything_late(late: Site, web: WebServer) -> None:
    """Answered questions, and those with a later due date, are not reminded of; nobody looks again that day."""
    answer(late, "2024-02-01.xlsx", "LES-03", "correct", "22")
    handle(late, "ABL-06", Wish(due=today(3)))
    assert triggers.answers_overdue(late.home, noon()) == []
    assert web.posted == []
    assert sent_log.read(late.home, ["webhook"])["webhook"].reminded == {SITE: str(noon().date())}


def test_a_refresh_that_runs_is_waited_for(late: Site, web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the build database is written to, nothing is sent and nothing fails; the next look sends."""

    def running(_):
        raise RefreshRunning("Another refresh is running.", "Wait.")

    with monkeypatch.context() as patched:
        patched.setattr(triggers, "read_build", running)
        assert triggers.answers_overdue(late.home, noon()) == [] and web.posted == []
    assert triggers.answers_overdue(late.home, noon()) == [] and len(web.posted) == 1


def test_a_channel_that_fails_is_tried_again_after_an_hour(late: Site, web: WebServer, mail: MailServer) -> None:
    """The other channel is not sent to twice for it."""
    write(late.home, mail, web)
    web.status = 503
    problem = "The alert could not be sent to the webhook: the server answered 503."
    assert triggers.answers_overdue(late.home, noon()) == [problem]
    web.status = 204
    assert triggers.answers_overdue(late.home, noon() + timedelta(minutes=30)) == []
    assert (len(mail.mails), len(web.posted)) == (1, 1)
    assert triggers.answers_overdue(late.home, noon() + timedelta(minutes=61)) == []
    assert len(web.posted) == 2
