"""What `registry refresh` alerts on: a release, a gate that refused, a failure."""

from __future__ import annotations

from pathlib import Path

import pytest

import assets.analysis
from tests.alerts.listeners import MailServer, WebServer, write
from tests.e2e.demonstration import Demonstration, copy_of
from tests.orchestration.broken_steps import break_contract, fail
from tests.orchestration.command import run_here
from tests.orchestration.home_state import deliver_ltp, deliver_new_patient
from warehouse.refresh import bring_up_to_date
from warehouse.releases.release import find_release
from warehouse.storage.home import Home

pytestmark = pytest.mark.long
ON = 'on = ["failure", "refused", "new_ltp"]'


@pytest.fixture
def home(light_study: Demonstration, tmp_path: Path) -> Home:
    """A copy of the released home in which a new patient waits."""
    copied = copy_of(light_study, tmp_path)
    deliver_new_patient(copied)
    return copied


def test_a_new_ltp_is_told_of_by_count(home: Home, mail: MailServer, web: WebServer) -> None:
    """New LTP sends one mail and one POST that count the lesions by site, without keys; without new LTP nothing is
    sent.
    """
    write(home, mail, web, more=ON)
    assert run_here(home.root, "refresh").code == 0
    assert mail.mails == [] and web.posted == []
    deliver_ltp(home)
    assert run_here(home.root, "refresh").code == 0
    (mailed,), (posted,) = mail.mails, web.posted
    assert mailed["Subject"] == posted["title"] == "Registry: lesions with new LTP (1)"
    assert posted["lines"] == [f"Release {find_release(home).release_id}", "index-study: 1"]
    assert "SYN-0901" not in mailed.as_string() + str(posted)


def test_a_refused_release_is_told_of(home: Home, web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The alert names the checks that refused, and the exit code is the gate's."""
    write(home, web=web, more=ON)
    monkeypatch.setattr(bring_up_to_date, "derive", break_contract(bring_up_to_date.derive))
    assert run_here(home.root, "refresh").code == 3
    (posted,) = web.posted
    assert posted["occasion"] == "refused" and "Refused by derived/lesion_ltp: contract" in posted["lines"]


def test_a_failure_is_told_of_without_values(home: Home, web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The alert names the kind of failure and no value that the step held; a server that refuses causes no further
    failure.
    """
    write(home, web=web, more=ON)
    monkeypatch.setitem(assets.analysis.TABLES, "ltp_rates", fail)
    assert run_here(home.root, "refresh").code == 1
    (posted,) = web.posted
    assert posted["occasion"] == "failure" and "ValueError" in posted["text"]
    assert "37.1234" not in str(posted) and "SYN-0001" not in str(posted)
