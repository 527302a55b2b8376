"""Passwords are sent to the right server alone, and a server that ends, hangs or lies gives no half file."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.pulls.places.asyncssh_server import PART_BYTES, PASSWORD, USER, Server, serving_passwords
from tests.pulls.places.proxy import between
from tests.variants import quick
from warehouse.pulls.api_token import SftpSecret
from warehouse.pulls.places import sftp
from warehouse.pulls.places.sftp import SftpPlace
from warehouse.storage.errors import PlaceUnreachable, RegistryError

pytest.importorskip("asyncssh", reason="needs asyncssh, of the extra `places`")
SOON = 2
"""Seconds that a server has for an answer."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a file of two and a half parts, and one of a line."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "large.bin").write_bytes(os.urandom(PART_BYTES * 5 // 2))
    (folder / "one.csv").write_bytes(b"patient_id\n")
    with serving_passwords(folder) as server:
        yield server


@pytest.fixture
def server(running: Server) -> Server:
    """The server, well behaved as yet."""
    running.way = ""
    running.passwords.clear()
    return running


def refused(work: Callable[[], object]) -> RegistryError:
    """Why something cannot be had; neither password nor the server's own words are in it."""
    with pytest.raises(RegistryError) as caught:
        work()
    assert caught.value.cure
    assert PASSWORD not in str(caught.value) and "Anna" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("way", ["", "asks questions"])
def test_a_password_opens_the_place(server: Server, tmp_path: Path, way: str) -> None:
    """A password is sent as SSH's password, or as the answer to a server that asks for it in a question."""
    server.way = way
    place = SftpPlace(server.login(), "/")
    one = next(one for one in place.listed() if one.name == "large.bin")
    place.fetch(one, tmp_path / "copy")
    place.close()
    assert (tmp_path / "copy").read_bytes() == (server.folder / "large.bin").read_bytes()
    assert set(server.passwords) == {PASSWORD}


def test_no_password_goes_to_another_server(server: Server) -> None:
    """A server with another key is refused before it is sent a password."""
    said = str(refused(lambda: SftpPlace(server.login(host_key="SHA256:" + "A" * 43), "/")))
    assert server.fingerprint in said and server.passwords == []


def test_a_wrong_password(server: Server) -> None:
    """A wrong password is said, and not sent again and again: a server may lock its user out."""
    said = refused(lambda: SftpPlace(server.login(secret=SftpSecret(password="falsch")), "/"))
    assert f"let {USER} not in with the password" in said.message and "falsch" not in str(said)
    assert server.passwords == ["falsch"]


@pytest.mark.parametrize(
    ("way", "why", "is_over"),
    quick(
        3,
        [
            ("ends a file early", "changed while it was fetched", False),
            ("ends the connection", "ended the connection", True),
            ("hangs in a file", "did not answer in 2 seconds", True),
            ("fails", "code 4", False),
        ],
    ),
)
def test_no_half_file(server: Server, tmp_path: Path, way: str, why: str, is_over: bool) -> None:
    """A transfer that ends before the file does is refused, whatever ended it. What the other files would meet too is
    told from what is wrong with this one, and the next one is fetched.
    """
    place = SftpPlace(server.login(), "/", answer_seconds=SOON)
    listed = {one.name: one for one in place.listed()}
    server.way = way
    said = refused(lambda: place.fetch(listed["large.bin"], tmp_path / "copy"))
    assert why in str(said) and isinstance(said, PlaceUnreachable) == is_over
    if not is_over:
        place.fetch(listed["one.csv"], tmp_path / "copy")
        assert (tmp_path / "copy").read_bytes() == b"patient_id\n"
    place.close()


@pytest.mark.parametrize(
    ("way", "why"), quick(1, [("hangs in a list", "did not answer"), ("lists other folders", "names that are none")])
)
def test_no_list_but_a_whole_one(server: Server, way: str, why: str) -> None:
    """A list that does not come to its end, or that names files elsewhere, is none."""
    place = SftpPlace(server.login(), "/", answer_seconds=SOON)
    server.way = way
    started = time.monotonic()
    assert why in str(refused(place.listed))
    assert time.monotonic() - started < 10
    place.close()


@pytest.mark.parametrize("most_bytes", quick(1, [0, 1000]))
def test_a_server_that_hangs_in_the_login(server: Server, most_bytes: int) -> None:
    """A server that takes the connection and then says nothing, or no more, is given up."""
    with between(server.port) as proxy:
        proxy.most_bytes, proxy.then = most_bytes, "hold"
        started = time.monotonic()
        said = refused(lambda: SftpPlace(server.login(port=proxy.port, connect_seconds=SOON), "/"))
        assert "did not answer in 2 seconds" in str(said) and time.monotonic() - started < 10
    assert server.passwords == []


def test_a_list_of_names_alone(server: Server) -> None:
    """Of a server that lists names without what they are, it is asked for each."""
    place = SftpPlace(server.login(), "/")
    whole = place.listed()
    server.way = "lists names alone"
    assert place.listed() == whole
    place.close()


def test_a_place_of_too_many_files(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder above the one that was meant is refused, and not looked through for hours."""
    monkeypatch.setattr(sftp, "MOST_FILES", 1)
    place = SftpPlace(server.login(), "/")
    assert "has more than" in str(refused(place.listed))
    place.close()


def test_a_folder_from_where_the_user_is(server: Server) -> None:
    """A place of /~ is the folder in which the user is after the login."""
    place = SftpPlace(server.login(), "/~")
    assert {one.name for one in place.listed()} == {"large.bin", "one.csv"}
    place.close()
