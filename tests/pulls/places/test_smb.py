"""Files are fetched from a real Samba, and what cannot be fetched is said; nobody gets in as a guest, or unsigned."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.pulls.places.openssh import folder_for_others
from tests.pulls.places.proxy import between
from tests.pulls.places.samba import IS_HERE, PASSWORD, REASON, USER, Samba, serving_share
from tests.variants import quick
from warehouse.pulls.places.place import Listed
from warehouse.pulls.places.smb import SmbPlace
from warehouse.storage.errors import FileChanged, PlaceUnreachable, RegistryError

pytest.importorskip("smbclient", reason="needs smbprotocol, of the extra `places`")
pytestmark = pytest.mark.skipif(not IS_HERE, reason=REASON)
LARGE_BYTES = 3 << 20


@pytest.fixture(scope="module")
def server() -> Iterator[Samba]:
    """A share with a study, files of unusual names, and what a registry cannot take."""
    with serving_share("hide files = /Thumbs.db/$RECYCLE.BIN/") as running:
        data = running.data
        (data / "2026-03-01.csv").write_bytes(b"patient_id\nP1\n")
        (data / "empty.csv").touch()
        (data / "a #b%20+[1];'é.csv").write_bytes(b"odd")
        (data / "large.bin").write_bytes(os.urandom(LARGE_BYTES))
        (data / "study" / "case_lists").mkdir(parents=True)
        (data / "study" / "meta_study.txt").write_bytes(b"meta")
        (data / "study" / "case_lists" / "cases_all.txt").write_bytes(b"cases")
        (data / "link.csv").symlink_to("/etc/hostname")
        (data / "denied.csv").write_bytes(b"secret")
        (data / "denied.csv").chmod(0)
        (data / "locked").mkdir(mode=0)
        (data / "Thumbs.db").touch()
        (data / "$RECYCLE.BIN").mkdir()
        (data / "$RECYCLE.BIN" / "gone.csv").touch()
        yield running


@pytest.fixture
def place(server: Samba) -> Iterator[SmbPlace]:
    """The share, opened."""
    opened = SmbPlace(server.login(), "share")
    yield opened
    opened.close()


def refused(work: Callable[[], object]) -> RegistryError:
    """Why something cannot be had: a sentence without the password, and its cure."""
    with pytest.raises(RegistryError) as caught:
        work()
    assert caught.value.cure and PASSWORD not in str(caught.value)
    return caught.value


def named(place: SmbPlace, name: str) -> Listed:
    """What is listed of a file."""
    return next(one for one in place.listed() if one.name == name)


def test_files_are_fetched_as_they_are(server: Samba, place: SmbPlace, tmp_path: Path) -> None:
    """Names with signs that addresses or patterns would misread, subfolders, no bytes and 3 MiB: every file that can be
    read has its bytes. A link out of the share, and what Windows hides, is not there.
    """
    whole = {
        "2026-03-01.csv": b"patient_id\nP1\n",
        "empty.csv": b"",
        "a #b%20+[1];'é.csv": b"odd",
        "study/meta_study.txt": b"meta",
        "study/case_lists/cases_all.txt": b"cases",
        "large.bin": (server.data / "large.bin").read_bytes(),
    }
    listed = {one.name: one for one in place.listed()}
    assert set(listed) == {*whole, "denied.csv", "locked"}
    for name, content in whole.items():
        assert listed[name].size == len(content)
        place.fetch(listed[name], tmp_path / "copy")
        assert (tmp_path / "copy").read_bytes() == content


@pytest.mark.parametrize(("name", "what"), [("denied.csv", "it"), ("locked", "the folder")])
def test_what_cannot_be_fetched_is_said(place: SmbPlace, tmp_path: Path, name: str, what: str) -> None:
    """A file or folder without rights is refused by itself, and the next file is fetched."""
    assert f"{USER} may not read {what}" in str(refused(lambda: place.fetch(named(place, name), tmp_path / "copy")))
    place.fetch(named(place, "2026-03-01.csv"), tmp_path / "copy")


@pytest.mark.parametrize("how", quick(1, ["grows", "another file by the same name", "gone"]))
def test_a_file_that_changed_waits(server: Samba, place: SmbPlace, tmp_path: Path, how: str) -> None:
    """A file that is no longer what was listed is not fetched."""
    file = server.data / "changing.csv"
    file.write_bytes(b"abc")
    one = named(place, file.name)
    if how == "grows":
        file.write_bytes(b"abcdef")
    elif how == "gone":
        file.unlink()
    else:
        (server.data / "new").write_bytes(b"abd")
        os.utime(server.data / "new", (1, 1))
        (server.data / "new").rename(file)
    said = refused(lambda: place.fetch(one, tmp_path / "copy"))
    assert isinstance(said, FileChanged) or "no longer there" in str(said)
    file.unlink(missing_ok=True)


def test_a_clinics_program_is_not_stopped(server: Samba, place: SmbPlace, tmp_path: Path) -> None:
    """While the registry has a file open, another user of the share can write it, rename it and remove it. What
    somebody else holds for himself alone is refused, and is fetched once it is free.
    """
    import smbclient

    file = server.data / "shared.csv"
    file.write_bytes(b"abc")
    file.chmod(0o666)
    server.data.chmod(0o777)
    others: dict = {}
    login = server.login()
    common = {"port": login.port, "connection_cache": others, "username": USER, "password": PASSWORD}
    path = "\\\\127.0.0.1\\share\\shared.csv"
    with place._opened("shared.csv"):
        with smbclient.open_file(path, "r+b", share_access="rwd", **common) as writing:
            writing.write(b"xyz")
        smbclient.rename(path, f"{path}.old", **common)
        smbclient.remove(f"{path}.old", **common)
    file.write_bytes(b"abc")
    file.chmod(0o666)
    one = named(place, "shared.csv")
    with smbclient.open_file(path, "r+b", share_access=None, **common):
        assert "has it open" in str(refused(lambda: place.fetch(one, tmp_path / "copy")))
    place.fetch(one, tmp_path / "copy")
    smbclient.reset_connection_cache(connection_cache=others)
    file.unlink()


def test_the_wrong_password(server: Samba) -> None:
    """A wrong password is said, without it."""
    said = refused(lambda: SmbPlace(server.login(password="falsch"), "share"))
    assert f"let {USER} not in" in str(said) and "falsch" not in str(said)


def test_nobody_gets_in_as_a_guest(server: Samba) -> None:
    """A server that lets an unknown user in as a guest gives the registry nothing."""
    assert "only as a guest" in str(refused(lambda: SmbPlace(server.login(user="nosuchuser"), "share")))


@pytest.mark.parametrize(
    ("folder", "why"), quick(2, [("share/none", "no folder"), ("none", "no folder"), ("share/locked", "may not read")])
)
def test_a_folder_that_cannot_be_listed(server: Samba, folder: str, why: str) -> None:
    """A share or folder that is not there, or may not be read, is refused as a whole, with its name."""
    place = SmbPlace(server.login(), folder)
    said = str(refused(place.listed))
    place.close()
    assert why in said and f"\\\\127.0.0.1\\{folder}".replace("/", "\\") in said


@pytest.mark.filterwarnings("ignore:unclosed SMB handle:ResourceWarning")
@pytest.mark.parametrize(("then", "why"), [("cut", "ended the connection"), ("hold", "did not answer in 2 seconds")])
def test_no_half_file(server: Samba, tmp_path: Path, then: str, why: str) -> None:
    """A server that goes away or hangs in the middle of a file gives no file, within the time that it has."""
    with between(server.port) as proxy:
        place = SmbPlace(server.login(port=proxy.port), "share", answer_seconds=2)
        one = named(place, "large.bin")
        proxy.most_bytes, proxy.then = LARGE_BYTES // 2, then
        started = time.monotonic()
        with pytest.raises(PlaceUnreachable, match=why):
            place.fetch(one, tmp_path / "copy")
        with pytest.raises(PlaceUnreachable):
            place.listed()
        assert time.monotonic() - started < 10
        place.close()
    gc.collect()  # smbprotocol counts a file as open for as long as its server has not confirmed that it is closed


@pytest.mark.parametrize("most_bytes", quick(1, [0, 400]))
def test_a_server_that_hangs_in_the_login(server: Samba, most_bytes: int) -> None:
    """A server that takes the connection and then says nothing, or no more, is given up."""
    with between(server.port) as proxy:
        proxy.most_bytes, proxy.then = most_bytes, "hold"
        started = time.monotonic()
        login = server.login(port=proxy.port, connect_seconds=2)
        said = refused(lambda: SmbPlace(login, "share", answer_seconds=2))
        assert "did not answer in 2 seconds" in str(said) and time.monotonic() - started < 10


@pytest.mark.long
@pytest.mark.parametrize(
    ("more", "is_encrypted"),
    [
        ("server max protocol = SMB2_10", False),
        ("server smb encrypt = off", False),
        ("server smb encrypt = required", True),
    ],
)
def test_older_servers(tmp_path: Path, more: str, is_encrypted: bool) -> None:
    """What the server can encrypt is; with one that cannot, every message is signed."""
    with serving_share(more) as server:
        (server.data / "a.csv").write_bytes(b"abc")
        place = SmbPlace(server.login(), "share")
        connection = next(iter(place._connections.values()))
        session = next(iter(connection.session_table.values()))
        assert (bool(session.encrypt_data), session.signing_required) == (is_encrypted, not is_encrypted)
        place.fetch(named(place, "a.csv"), tmp_path / "copy")
        place.close()
        assert (tmp_path / "copy").read_bytes() == b"abc"


@pytest.mark.long
def test_a_server_of_smb_1(tmp_path: Path) -> None:
    """A server that speaks SMB 1 alone is refused, and is sent no password."""
    with serving_share("server min protocol = NT1\nserver max protocol = NT1") as server:
        said = refused(lambda: SmbPlace(server.login(connect_seconds=3), "share"))
        assert "no SMB 2 or 3" in str(said)


@pytest.mark.long
def test_no_other_server_gets_the_password(tmp_path: Path) -> None:
    """A link of DFS to another server, here the same one by another name, is listed as a link; a place that lies behind
    it is refused.
    """
    with folder_for_others("dfs-") as roots:
        (roots / "elsewhere").symlink_to("msdfs:localhost\\share")
        with serving_share(f"host msdfs = yes\n[dfs]\npath = {roots}\nmsdfs root = yes\n") as server:
            (server.data / "a.csv").write_bytes(b"abc")
            place = SmbPlace(server.login(), "dfs")
            assert "It is a link" in str(refused(lambda: place.fetch(named(place, "elsewhere"), tmp_path / "copy")))
            place.close()
            place = SmbPlace(server.login(), "dfs/elsewhere")
            assert "another server" in str(refused(place.listed))
            place.close()
