"""Runs Debian's OpenSSH server, in a folder of its own and on loopback."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from warehouse.pulls.api_token import SftpSecret
from warehouse.pulls.places.sftp_login import Login

PROGRAM = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin")
USER = "nobody" if os.geteuid() == 0 else getpass.getuser()
"""As root the server's user is one that may not read everything."""
SEPARATION = Path("/run/sshd")
"""The folder that the server asks for where root starts it."""
CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_ed25519
HostKey {folder}/host_ecdsa
PidFile none
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
Subsystem sftp internal-sftp
ForceCommand internal-sftp
AllowTcpForwarding no
"""


@dataclass(frozen=True)
class Sshd:
    """A running server: its port, what lies in `data`, the fingerprints of its keys, and a key that opens it."""

    port: int
    data: Path
    fingerprint: str
    other_fingerprint: str
    private_key: str

    def login(self, **changed) -> Login:
        """Who may log in, or what is `changed` of it."""
        given = {
            "host": "127.0.0.1",
            "port": self.port,
            "user": USER,
            "host_key": self.fingerprint,
            "secret": SftpSecret(private_key=self.private_key),
        }
        return Login(**(given | changed))


def free_port() -> int:
    """A port of loopback that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def folder_for_others(prefix: str) -> Iterator[Path]:
    """A folder that a server's user can reach, which a folder of pytest's is not."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def serving_sftp() -> Iterator[Sshd]:
    """A server with an empty folder `data`."""
    assert PROGRAM is not None
    if os.geteuid() == 0:
        SEPARATION.mkdir(mode=0o755, exist_ok=True)
    with folder_for_others("sshd-") as folder:
        for name, kind in (("host_ed25519", "ed25519"), ("host_ecdsa", "ecdsa"), ("client", "ed25519")):
            subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", folder / name], check=True)
        (folder / "authorized_keys").write_bytes((folder / "client.pub").read_bytes())
        (folder / "data").mkdir(mode=0o755)
        port = free_port()
        (folder / "config").write_text(CONFIG.format(port=port, folder=folder))
        server = subprocess.Popen(
            [PROGRAM, "-D", "-f", folder / "config", "-E", folder / "log"], stdin=subprocess.DEVNULL
        )
        try:
            wait_for(port, server)
            yield Sshd(
                port,
                folder / "data",
                _fingerprint(folder / "host_ed25519"),
                _fingerprint(folder / "host_ecdsa"),
                (folder / "client").read_text(),
            )
        finally:
            server.terminate()
            server.wait(10)


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    """Return once the server takes connections."""
    for _ in range(200):
        assert server.poll() is None, "the server ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the server does not listen")


def _fingerprint(key: Path) -> str:
    said = subprocess.run(["ssh-keygen", "-l", "-f", key], check=True, capture_output=True, text=True).stdout
    return said.split()[1]
