"""Alerts as they arrive, and what is reported if they do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestration.alerts import message, sent_log, triggers
from orchestration.alerts.sending import send
from orchestration.alerts.settings import FILE, AlertSettings, read
from tests.alerts.listeners import MailServer, WebServer, write
from tests.orchestration.command import run_here
from warehouse.archive.archive import Archive
from warehouse.intake.landing import land
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home."""
    return Home(tmp_path / "home").create()


def test_an_alert_arrives_both_ways(home: Home, mail: MailServer, web: WebServer) -> None:
    """An alert arrives as one authenticated mail to all recipients and one POST with its authorization, with the same
    text.
    """
    write(home, mail, web)
    assert triggers.release_refused(home, ["quality/ledger: conservation"]) == []
    (mailed,) = mail.mails
    assert mailed["Subject"] == "Registry: a gate refused the release (1)" == web.posted[0]["title"]
    assert mail.recipients == ["a@example.org", "b@example.org"] and mailed["From"] == "registry@example.org"
    assert mail.logins == [b"\0registry\0open sesame"]
    assert "Refused by quality/ledger: conservation" in web.posted[0]["text"]
    assert mailed.get_content().splitlines() == web.posted[0]["text"].splitlines()
    assert web.posted[0]["occasion"] == "refused" and web.headers[0]["Authorization"] == "Bearer 17"


def test_without_a_file_nothing_is_sent(home: Home) -> None:
    """Alerts are off by default."""
    assert read(home) == AlertSettings()
    assert triggers.refresh_failed(home, "It failed.") == []


def test_only_what_is_asked_for_is_sent(home: Home, web: WebServer) -> None:
    """`on` chooses the occasions."""
    write(home, web=web, more='on = ["failure"]')
    assert triggers.release_refused(home, ["a: b"]) == [] == web.posted
    assert triggers.refresh_failed(home, "It failed.") == [] and len(web.posted) == 1


def test_new_ltp_is_told_of_only_where_asked_for(home: Home, web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `on`, alerts report what went wrong, but not what patients have."""
    monkeypatch.setattr(triggers, "find_release", lambda *_: None)
    monkeypatch.setattr(triggers, "lesions_with_new_ltp", lambda *_: [("north", "P-1", "L-1")])
    monkeypatch.setattr(triggers, "_of_notes", lambda *_: [])
    write(home, web=web)
    assert read(home).on == ("failure", "refused", "overdue", "waiting", "rejected", "erasure", "pull", "questions")
    assert triggers.released(home, "R") == [] == web.posted
    write(home, web=web, more='on = ["new_ltp"]')
    assert triggers.released(home, "R") == [] and len(web.posted) == 1


def test_an_overdue_site_is_told_of_once(home: Home, web: WebServer) -> None:
    """An overdue site is alerted on once, until it delivers and is overdue again."""
    write(home, web=web)
    site = home.landing / "north"
    (site / "patients").mkdir(parents=True)
    (site / "site.toml").write_text('expected_every = "7 days"')
    (site / "patients" / "a.csv").write_text("patient_id\n")
    land(home, Archive(home))
    now = datetime.now(UTC)
    for days, n in ((6, 0), (8, 1), (9, 1)):
        assert triggers.sites_overdue(home, now + timedelta(days=days)) == []
        assert len(web.posted) == n
    assert web.posted[0]["lines"][0].startswith("north: No delivery since ")


def deliver_nothing(home: Home, *sites: str) -> datetime:
    """Sites that expect a delivery every day and get none; a time at which they are overdue."""
    for site in sites:
        (home.landing / site).mkdir()
        (home.landing / site / "site.toml").write_text('expected_every = "1 day"')
    land(home, Archive(home))
    return datetime.now(UTC) + timedelta(days=3)


def test_what_was_not_sent_is_told_again(home: Home, web: WebServer) -> None:
    """If the server refused the alert on a site, it is sent again an hour later, not at every evaluation before."""
    write(home, web=web)
    later, hour = deliver_nothing(home, "north"), timedelta(hours=1)
    web.status = 503
    assert triggers.sites_overdue(home, later) == [
        "The alert could not be sent to the webhook: the server answered 503."
    ]
    web.status = 200
    assert triggers.sites_overdue(home, later + hour / 2) == [] and len(web.posted) == 1
    assert triggers.sites_overdue(home, later + hour) == [] and len(web.posted) == 2
    assert triggers.sites_overdue(home, later + 3 * hour) == [] and len(web.posted) == 2


def test_a_way_that_fails_repeats_nothing_the_other_way(home: Home, mail: MailServer, web: WebServer) -> None:
    """While the mail server refuses, the webhook alerts on each site once; later the mail sends what it missed."""
    write(home, mail, web)
    later, hour = deliver_nothing(home, "north"), timedelta(hours=1)
    mail.refuses = True
    for minutes in (0, 1, 2, 60, 61):
        triggers.sites_overdue(home, later + timedelta(minutes=minutes))
    assert len(web.posted) == 1 and mail.mails == [] and len(mail.recipients) == 4
    deliver_nothing(home, "south")
    mail.refuses = False
    assert triggers.sites_overdue(home, later + 5 * hour) == []
    assert [posted["title"][-3:] for posted in web.posted] == ["(1)", "(1)"] and len(mail.mails) == 1
    assert "north" in mail.mails[0].get_content() and "south" in mail.mails[0].get_content()
    assert triggers.sites_overdue(home, later + 9 * hour) == [] and len(web.posted) == 2 and len(mail.mails) == 1


def test_what_was_told_before_there_were_two_memories_is_not_told_again(home: Home, web: WebServer) -> None:
    """The file as earlier versions wrote it holds for every channel."""
    write(home, web=web)
    later = deliver_nothing(home, "north")
    (home.warehouse / sent_log.SENT).write_text('[["north", "", ""]]')
    assert triggers.sites_overdue(home, later) == [] == web.posted


def test_keys_only_where_asked_for() -> None:
    """New LTP is counted by site; the lesions' keys are listed only if with_keys says so."""
    keys = [("north", "P-1", "L-1"), ("north", "P-2", "L-1"), ("south", "P-1", "L-1")]
    counted = message.new_ltp("R", keys, with_keys=False).text
    assert "north: 2" in counted and "south: 1" in counted and "P-1" not in counted
    assert "north P-2 L-1" in message.new_ltp("R", keys, with_keys=True).text


def test_servers_that_refuse_are_said(home: Home, mail: MailServer, web: WebServer) -> None:
    """A server that refuses gives one sentence per channel and raises nothing; a redirect is not followed."""
    write(home, mail, web)
    mail.refuses, web.status = True, 302
    assert send(read(home), message.test()) == [
        "The alert could not be sent by e-mail: the server refused every recipient.",
        "The alert could not be sent to the webhook: the server answered 302.",
    ]


def test_nobody_listens(home: Home) -> None:
    """A refused connection and a broken alerts.toml give one sentence each."""
    server = WebServer()
    server.server_close()
    write(home, web=server)
    (problem,) = triggers.refresh_failed(home, "It failed.")
    assert problem == "The alert could not be sent to the webhook: Connection refused."
    (home.root / FILE).write_text("on = [")
    (problem,) = triggers.refresh_failed(home, "It failed.")
    assert problem.startswith("No alert was sent: alerts.toml is not TOML")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            'on = ["birthday"]',
            "on holds 'birthday', which is no occasion. Use failure, refused, overdue, waiting, rejected, erasure, "
            "pull, questions, drift, new_ltp.",
        ),
        ("on = []", "on is not a list of at least one string."),
        ("at = 3", "at is unknown."),
        ("email = 3", "email is not a table."),
        ("[email]", "email.host is missing."),
        ('[email]\nhost = "h"\nport = true', "email.port is not a number."),
        ('[webhook]\nurl = "ftp://h"', "webhook.url is not an http or https address."),
        ('[webhook]\nurl = "http://h"\nauthorization_variable = "UNSET"', "names UNSET, which is not set."),
    ],
)
def test_mistakes_in_the_file_are_named(home: Home, text: str, sentence: str) -> None:
    """Each mistake is named with its place and a cure."""
    (home.root / FILE).write_text(text)
    with pytest.raises(RegistryError) as caught:
        read(home)
    assert sentence in str(caught.value)


def test_the_command_sends_a_test(home: Home, web: WebServer) -> None:
    """`registry alerts test` says where the alert went; without a channel it says what is missing."""
    ran = run_here(home.root, "alerts", "test")
    assert ran.code == 1 and "names no channel" in ran.complaint
    (home.root / FILE).write_text(f'[webhook]\nurl = "{web.url}"')
    ran = run_here(home.root, "alerts", "test")
    assert ran.code == 0 and ran.text.startswith("Sent to the webhook\n"), ran.err
    assert web.posted[0]["occasion"] == "test"
