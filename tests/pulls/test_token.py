"""Tests that the token is found where it is safe, is sent nowhere else, and stands in nothing that is written."""

from __future__ import annotations

import logging
import os
import traceback
from pathlib import Path

import pytest

from tests.pulls.conftest import Clinic
from tests.pulls.redcap_server import TOKEN, Answer, Redcap, serving
from tests.pulls.test_bad_servers import FINAL, ON_PAGES, PASSING
from tests.pulls.tls import contexts
from tests.warehouse.kit import SITE, Kit
from warehouse.pulls.api_token import token_of, variable_of
from warehouse.pulls.pull_folder import problems_of_pulls
from warehouse.pulls.redcap_api import RedcapApi
from warehouse.storage.errors import RegistryError


@pytest.fixture
def token_file(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with the token, readable by its owner alone, and no token in the environment."""
    monkeypatch.delenv(variable_of(SITE, "redcap"))
    path = kit.home.root / "tokens" / SITE / "redcap"
    path.parent.mkdir(parents=True)
    path.write_text(f"{TOKEN}\n")
    path.chmod(0o600)
    return path


def test_a_private_file_holds_the_token(kit: Kit, token_file: Path) -> None:
    """Without a variable in the environment, tokens/<site>/<source> in the home holds the token."""
    assert token_of(kit.home, SITE, "redcap") == TOKEN


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602])
def test_a_file_that_others_can_open_is_refused(kit: Kit, token_file: Path, mode: int) -> None:
    """A token that others can read is not used, whatever the right is, and the cure is named."""
    token_file.chmod(mode)
    with pytest.raises(RegistryError, match="can be read by other users.* chmod 600"):
        token_of(kit.home, SITE, "redcap")


def test_a_link_to_a_token_is_refused(kit: Kit, token_file: Path) -> None:
    """A link is not followed: what it leads to could be changed by others."""
    token_file.rename(token_file.with_name("other"))
    token_file.symlink_to("other")
    with pytest.raises(RegistryError, match="cannot be opened"):
        token_of(kit.home, SITE, "redcap")


def test_a_missing_token_names_both_places(kit: Kit, token_file: Path) -> None:
    """The refusal says where a token may be."""
    token_file.unlink()
    with pytest.raises(RegistryError, match="tokens/north/redcap in the home .* REGISTRY_TOKEN_NORTH_REDCAP"):
        token_of(kit.home, SITE, "redcap")


@pytest.mark.parametrize("text", [TOKEN[:-1], TOKEN + "A", "x" * 32])
def test_what_is_no_token_is_not_repeated(kit: Kit, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """A mistyped token is refused before it reaches PyCap, whose own error would quote it."""
    monkeypatch.setenv(variable_of(SITE, "redcap"), text)
    with pytest.raises(RegistryError) as caught:
        token_of(kit.home, SITE, "redcap")
    assert text not in "".join(traceback.format_exception(caught.value))


def test_the_token_is_sent_to_no_other_address(clinic: Clinic) -> None:
    """A redirect to another server, which requests would follow with the token, is not followed."""
    with serving(Redcap("a\n1\n", "a\n1\n")) as other:
        for status in (301, 302, 303, 307, 308):
            clinic.project.twist = lambda form, good, status=status: Answer(
                b"", status, headers={"Location": other.address}
            )
            assert "not sent there" in clinic.problem()
        assert other.asked == []


def test_a_changed_address_waits_for_a_person(clinic: Clinic) -> None:
    """A site.toml that names another server does not get the token until somebody has agreed."""
    clinic.pull()
    with serving(Redcap("a\n1\n", "a\n1\n")) as other:
        clinic.configure(address=other.address)
        assert "names another address" in clinic.problem()
        assert other.asked == []
        clinic.problem(accepts_address=True)
        assert other.asked != []


@pytest.mark.parametrize("number", range(len(FINAL) + len(PASSING) + len(ON_PAGES) + 1))
def test_no_token_in_anything_written(
    clinic: Clinic, number: int, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture
) -> None:
    """Whatever the server answers, the token is in no log of any level, no output, no error's chain, and no file."""
    caplog.set_level(logging.DEBUG)
    answers = [answer for answer, _ in FINAL + PASSING]
    if number < len(answers):
        clinic.project.twist = lambda form, good: answers[number]
    elif number < len(answers) + len(ON_PAGES):
        change = ON_PAGES[number - len(answers)][0]
        clinic.project.twist = lambda form, good: change(form, good) if "records[0]" in form else good
    outcome = clinic.outcome()
    written = [
        outcome.problem,
        repr(outcome),
        caplog.text,
        repr(problems_of_pulls(clinic.kit.home)),
        *capfd.readouterr(),
    ]
    written += [repr(vars(record)) for record in caplog.records]
    written += [p.read_bytes().decode("latin-1") for p in clinic.kit.home.root.rglob("*") if p.is_file()]
    assert TOKEN in clinic.project.asked[0].values()
    assert not [text for text in written if TOKEN.lower() in text.lower()]


def test_errors_carry_no_request(clinic: Clinic) -> None:
    """The error of a failed request leads to no exception of a library: those hold the request, and so the token."""
    api = RedcapApi("http://127.0.0.1:9/api/", TOKEN, clinic.waits.append)
    with pytest.raises(RegistryError) as caught:
        api.dictionary()
    assert caught.value.__cause__ is None and caught.value.__context__ is None
    assert TOKEN not in "".join(traceback.format_exception(caught.value)) + repr(caught.value)


def test_an_unknown_certificate_ends_the_pull(clinic: Clinic, tmp_path: Path) -> None:
    """TLS is verified: a server whose certificate nobody vouches for is asked nothing, and gets no token."""
    server_side, _ = contexts(tmp_path)
    with serving(Redcap("a\n1\n", "a\n1\n"), server_side) as other:
        clinic.configure(address=other.address)
        problem = clinic.problem()
    assert "certificate cannot be verified" in problem and "REQUESTS_CA_BUNDLE" in problem
    assert other.asked == [] and clinic.waits == []


def test_a_certificate_of_the_hospital_can_be_named(
    clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate of the hospital's own authority is accepted once REQUESTS_CA_BUNDLE names its file."""
    server_side, authority = contexts(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
    with serving(clinic.project, server_side):
        clinic.configure()
        assert clinic.pull() == ["whole"]


def test_pulled_files_are_private(clinic: Clinic) -> None:
    """What a pull writes can be read by the registry's user alone."""
    clinic.pull()
    written = [p for p in clinic.kit.home.landing.rglob("*redcap*") if p.is_file()]
    written += [p for p in (clinic.kit.home.warehouse / "pulls").rglob("*.json")]
    assert written and not [p for p in written if os.stat(p).st_mode & 0o077]
