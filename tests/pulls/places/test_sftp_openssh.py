"""Files are fetched from a real OpenSSH server, and what cannot be fetched is said; the server's key comes first."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncssh
import pytest

from tests.pulls.places.openssh import PROGRAM, USER, Sshd, serving_sftp
from tests.variants import quick
from warehouse.pulls.api_token import SftpSecret
from warehouse.pulls.places.place import Listed
from warehouse.pulls.places.sftp import SftpPlace
from warehouse.storage.errors import PlaceUnreachable, RegistryError

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs Debian's openssh-server")


@pytest.fixture(scope="module")
def server() -> Iterator[Sshd]:
    """A server with a study, files of unusual names, and what a registry must not take."""
    with serving_sftp() as running:
        data = running.data
        (data / "2026-03-01.csv").write_bytes(b"patient_id\nP1\n")
        (data / "empty.csv").touch()
        (data / "a #b?c%20+[1]*;'\"\\.csv").write_bytes(b"odd")
        (data / "Müller.csv").write_bytes(b"utf-8")
        Path(os.fsdecode(os.fsencode(data) + b"/M\xfcller.csv")).write_bytes(b"latin-1")
        (data / "large.bin").write_bytes(os.urandom(3 << 20))
        (data / "study" / "case_lists").mkdir(parents=True)
        (data / "study" / "meta_study.txt").write_bytes(b"meta")
        (data / "study" / "case_lists" / "cases_all.txt").write_bytes(b"cases")
        (data / "link.csv").symlink_to("/etc/hostname")
        (data / "elsewhere").symlink_to("/etc")
        os.mkfifo(data / "pipe.csv")
        (data / "denied.csv").write_bytes(b"secret")
        (data / "denied.csv").chmod(0)
        (data / "locked").mkdir(mode=0)
        (data / ".hidden").mkdir()
        (data / ".hidden" / "x.csv").touch()
        yield running
        (data / "locked").chmod(0o700)


@pytest.fixture
def place(server: Sshd) -> Iterator[SftpPlace]:
    """The server's folder, opened."""
    opened = SftpPlace(server.login(), str(server.data))
    yield opened
    opened.close()


@pytest.fixture
def listed(place: SftpPlace) -> dict[str, Listed]:
    """What is listed, by name."""
    found = place.listed()
    assert len({one.name for one in found}) == len(found)
    return {one.name: one for one in found}


def refused(work: Callable[[], object]) -> str:
    """Why something cannot be had: a sentence and its cure."""
    with pytest.raises(RegistryError) as caught:
        work()
    assert caught.value.cure
    return str(caught.value)


def test_files_are_fetched_as_they_are(
    server: Sshd, place: SftpPlace, listed: dict[str, Listed], tmp_path: Path
) -> None:
    """Names with signs that addresses, patterns or shells would misread, subfolders, no bytes and 3 MiB: every file
    that can be read has its bytes. A name that is no UTF-8 has these bytes as in an address.
    """
    whole = {
        "2026-03-01.csv": b"patient_id\nP1\n",
        "empty.csv": b"",
        "a #b?c%20+[1]*;'\"\\.csv": b"odd",
        "Müller.csv": b"utf-8",
        "M%FCller.csv": b"latin-1",
        "study/meta_study.txt": b"meta",
        "study/case_lists/cases_all.txt": b"cases",
        "large.bin": (server.data / "large.bin").read_bytes(),
    }
    refused_ones = {"link.csv", "elsewhere", "pipe.csv", "denied.csv", "locked"}
    assert set(listed) == set(whole) | refused_ones
    to = tmp_path / "copy"
    for name, content in whole.items():
        assert listed[name].size == len(content)
        place.fetch(listed[name], to)
        assert to.read_bytes() == content


@pytest.mark.parametrize(
    ("name", "why"),
    quick(
        3,
        [
            ("link.csv", "It is a link"),
            ("denied.csv", f"{USER} may not read it"),
            ("locked", f"{USER} may not read the folder"),
            ("elsewhere", "It is a link"),
            ("pipe.csv", "It is not a file"),
        ],
    ),
)
def test_what_cannot_be_fetched_is_said(
    place: SftpPlace, listed: dict[str, Listed], tmp_path: Path, name: str, why: str
) -> None:
    """A link, a file or folder without rights and a pipe are refused one by one, and the next file is fetched."""
    if os.geteuid() != 0 and name in ("denied.csv", "locked"):
        pytest.skip("the server's user owns the files")
    assert why in refused(lambda: place.fetch(listed[name], tmp_path / "copy"))
    place.fetch(listed["2026-03-01.csv"], tmp_path / "copy")


def change(file: Path, how: str) -> None:
    """Change a file at the server after it was listed."""
    if how == "grows":
        with open(file, "ab") as more:
            more.write(b"more")
    elif how == "another file by the same name":
        (file.parent / "new").write_bytes(b"x" * file.stat().st_size)
        os.utime(file.parent / "new", (1, 1))
        (file.parent / "new").rename(file)
    elif how == "a link now":
        file.unlink()
        file.symlink_to("/etc/hostname")
    else:
        file.unlink()


@pytest.mark.parametrize("how", quick(2, ["grows", "a link now", "another file by the same name", "gone"]))
def test_a_file_that_changed_waits(server: Sshd, place: SftpPlace, tmp_path: Path, how: str) -> None:
    """A file that is no longer what was listed is not fetched; once it is listed again, it is, unless it is gone."""
    file = server.data / "changing.csv"
    file.unlink(missing_ok=True)
    file.write_bytes(b"abc")
    try:
        one = next(one for one in place.listed() if one.name == file.name)
        change(file, how)
        said = refused(lambda: place.fetch(one, tmp_path / "copy"))
        assert "changed while it was fetched" in said or "no longer there" in said
    finally:
        file.unlink(missing_ok=True)


def test_another_key_is_refused_before_a_secret_is_sent(server: Sshd) -> None:
    """The refusal shows the fingerprints of all keys that the server has, and where the right one is to be written;
    a key of the registry's own would have been taken, but was not offered.
    """
    said = refused(lambda: SftpPlace(server.login(host_key="SHA256:" + "A" * 43), str(server.data)))
    assert server.fingerprint in said and server.other_fingerprint in said
    assert "host_key" in said and "no password was sent" in said
    assert "Accepted" not in (log := (server.data.parent / "log").read_text()).splitlines()[-1]
    assert "Connection closed" in log or "preauth" in log


def test_a_server_may_hang_up_on_a_kind_of_key(server: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no key of RSA, and says so or hangs up: what it showed before is said all the same."""
    connect = asyncssh.connect

    def hanging_up(*given, server_host_key_algs: tuple[str, ...], **more):
        if len(server_host_key_algs) == 2:  # those of RSA
            raise ConnectionResetError
        return connect(*given, server_host_key_algs=server_host_key_algs, **more)

    monkeypatch.setattr(asyncssh, "connect", hanging_up)
    said = refused(lambda: SftpPlace(server.login(host_key="SHA256:" + "A" * 43), str(server.data)))
    assert server.fingerprint in said and server.other_fingerprint in said


def test_the_fingerprint_of_any_of_the_servers_keys_will_do(server: Sshd) -> None:
    """A server prefers to show one of its keys; a site that was given the fingerprint of another gets in."""
    opened = SftpPlace(server.login(host_key=server.other_fingerprint), str(server.data / "study"))
    assert [one.name for one in opened.listed() if "/" not in one.name] == ["meta_study.txt"]
    opened.close()


def test_a_key_that_the_server_does_not_know(server: Sshd, tmp_path: Path) -> None:
    """A key of nobody's is refused in a sentence without the key."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "other"], check=True)
    other = (tmp_path / "other").read_text()
    said = refused(lambda: SftpPlace(server.login(secret=SftpSecret(private_key=other)), "/"))
    assert "private key" in said and other.splitlines()[1] not in said


@pytest.mark.parametrize(
    ("kind", "why"), quick(1, [("with a passphrase", "passphrase"), ("cut", "cannot be read"), ("putty", "cannot be")])
)
def test_a_key_that_cannot_be_used(server: Sshd, tmp_path: Path, kind: str, why: str) -> None:
    """A key with a passphrase, one that was cut and PuTTY's format: the cure says how to make one that works."""
    phrase = "geheim" if kind == "with a passphrase" else ""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", phrase, "-f", tmp_path / "key"], check=True)
    text = (tmp_path / "key").read_text()
    if kind == "cut":
        text = "\n".join(text.splitlines()[:3])
    elif kind == "putty":
        text = "PuTTY-User-Key-File-3: ssh-ed25519\n"
    said = refused(lambda: SftpPlace(server.login(secret=SftpSecret(private_key=text)), "/"))
    assert why in said and "ssh-keygen" in said


@pytest.mark.parametrize("kind", quick(0, ["rsa", "ecdsa", "rsa in PEM"]))
def test_keys_of_other_kinds(server: Sshd, tmp_path: Path, kind: str) -> None:
    """RSA and ECDSA keys, as OpenSSH or as PEM, are read; this server does not know them."""
    words = [
        "-t",
        kind.split()[0],
        *(["-b", "2048"] if "rsa" in kind else []),
        *(["-m", "PEM"] if "PEM" in kind else []),
    ]
    subprocess.run(["ssh-keygen", "-q", *words, "-N", "", "-f", tmp_path / "key"], check=True)
    text = (tmp_path / "key").read_text()
    assert "let" in refused(lambda: SftpPlace(server.login(secret=SftpSecret(private_key=text)), "/"))


@pytest.mark.parametrize(("folder", "why"), [("{data}/none", "no folder"), ("{data}/locked", "may not read")])
def test_a_folder_that_cannot_be_listed(server: Sshd, folder: str, why: str) -> None:
    """A place that is not there, or may not be read, is refused as a whole, with its name."""
    if os.geteuid() != 0 and "locked" in folder:
        pytest.skip("the server's user owns the folder")
    path = folder.format(data=server.data)
    opened = SftpPlace(server.login(), path)
    said = refused(opened.listed)
    opened.close()
    assert why in said and path in said


def test_a_server_that_is_not_there(server: Sshd) -> None:
    """A port where nobody listens is said, as something that the other files would meet too."""
    with pytest.raises(PlaceUnreachable, match="cannot be reached"):
        SftpPlace(server.login(port=1), "/")


def test_nothing_changes_at_the_server(server: Sshd, place: SftpPlace, tmp_path: Path) -> None:
    """Listing and fetching leave every file and its times as they were."""
    before = sorted((str(p), p.lstat().st_mtime_ns, p.lstat().st_ino) for p in server.data.rglob("*"))
    for one in place.listed():
        try:
            place.fetch(one, tmp_path / "copy")
        except RegistryError:
            continue
    assert sorted((str(p), p.lstat().st_mtime_ns, p.lstat().st_ino) for p in server.data.rglob("*")) == before
