"""Runs Debian's Samba, in a folder of its own and on loopback."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.pulls.places.openssh import folder_for_others, free_port, wait_for
from warehouse.pulls.places.smb_login import Login

PROGRAM = shutil.which("smbd") or shutil.which("smbd", path="/usr/sbin")
IS_HERE = PROGRAM is not None and shutil.which("pdbedit") is not None and os.geteuid() == 0
REASON = "needs Debian's samba, and to be root"
USER = "daemon"
"""A user of every Debian system, as whom the server reads."""
PASSWORD = "it's a {secret}"
CONFIG = """\
[global]
interfaces = 127.0.0.1
bind interfaces only = yes
smb ports = {port}
disable netbios = yes
private dir = {folder}/private
lock directory = {folder}/lock
state directory = {folder}/state
cache directory = {folder}/cache
pid directory = {folder}/pid
ncalrpc dir = {folder}/ncalrpc
passdb backend = tdbsam:{folder}/private/passdb.tdb
log file = {folder}/log
guest account = nobody
map to guest = Bad User
load printers = no
printcap name = /dev/null
disable spoolss = yes
{more}
[share]
path = {folder}/data
read only = no
guest ok = yes
"""


@dataclass(frozen=True)
class Samba:
    """A running server: its port, and what lies in its share."""

    port: int
    data: Path

    def login(self, **changed) -> Login:
        """Who may log in, or what is `changed` of it."""
        given = {"host": "127.0.0.1", "port": self.port, "user": USER, "password": PASSWORD}
        return Login(**(given | changed))


@contextmanager
def serving_share(more: str = "") -> Iterator[Samba]:
    """A server with an empty folder `data`, in the share `share`. `more` are other lines of its configuration."""
    with folder_for_others("smbd-") as folder:
        for name in ("data", "lock", "state", "cache", "pid", "ncalrpc"):
            (folder / name).mkdir(mode=0o755)
        (folder / "private").mkdir(mode=0o700)
        port = free_port()
        config = folder / "smb.conf"
        config.write_text(CONFIG.format(port=port, folder=folder, more=more))
        words = ["pdbedit", "-s", config, "-a", "-t", "-u", USER]
        subprocess.run(words, input=f"{PASSWORD}\n{PASSWORD}\n", text=True, check=True, stdout=subprocess.DEVNULL)
        assert PROGRAM is not None
        server = subprocess.Popen(
            [PROGRAM, "-s", config, "-F", "--no-process-group", "-l", folder],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait_for(port, server)
            yield Samba(port, folder / "data")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)
            server.wait(10)
