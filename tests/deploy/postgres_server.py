"""Starts a throw-away PostgreSQL server on loopback, as user postgres, that lets people in as a test asks for."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

TRUST, SCRAM = "trust", "scram-sha-256"


@dataclass(frozen=True)
class Server:
    """A server that runs: its port, its folder, and the program that starts and stops it."""

    port: int
    folder: Path
    control: tuple[str, ...]

    @property
    def url(self) -> str:
        """Its address as SQLAlchemy reads it, for its administrator."""
        return f"postgresql+psycopg2://postgres@127.0.0.1:{self.port}/postgres"

    def run(self, action: str) -> None:
        """Start, stop or restart it."""
        words = [*self.control, "-m", "fast", action] if action != "start" else [*self.control, action]
        subprocess.run(words, check=True, cwd=self.folder, stdout=subprocess.DEVNULL)


def tools() -> tuple[Path, list[str]]:
    """The folder of the server's programs, and the words that run one as user postgres. Skips the test without them."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not found:
        pytest.skip("no PostgreSQL server is installed (apt-get install postgresql)")
    runuser = shutil.which("runuser")
    if os.geteuid() != 0 or runuser is None or "postgres" not in {entry.pw_name for entry in pwd.getpwall()}:
        pytest.skip("a PostgreSQL server is started as user postgres, which only root can do")
    return found[-1].parent, [runuser, "-u", "postgres", "--"]


@contextmanager
def server_with(auth: str = TRUST, files: dict[str, bytes] | None = None, settings: str = "") -> Iterator[Server]:
    """A server whose users from loopback come in by `auth`; its administrator comes in without a password.

    `files` lie in its data folder, readable by it alone; `settings` are further lines of postgresql.conf.
    """
    programs, as_postgres = tools()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with TemporaryDirectory() as name:
        folder = Path(name)
        shutil.chown(folder, "postgres")
        data = folder / "data"
        words = [
            *as_postgres,
            str(programs / "initdb"),
            "--auth=trust",
            "--encoding=UTF8",
            "--no-sync",
            "-D",
            str(data),
        ]
        subprocess.run(words, check=True, cwd=folder, stdout=subprocess.DEVNULL)
        for file, content in (files or {}).items():
            (data / file).write_bytes(content)
            (data / file).chmod(0o600)
            shutil.chown(data / file, "postgres", "postgres")
        kind = "hostssl" if "ssl = on" in settings else "host"
        (data / "pg_hba.conf").write_text(
            f"local all all trust\nhost all postgres 127.0.0.1/32 trust\n{kind} all all 127.0.0.1/32 {auth}\n",
            encoding="utf-8",
        )
        with (data / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write(f"port = {port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{folder}'\n")
            conf.write(f"fsync = off\n{settings}\n")
        control = (*as_postgres, str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"))
        server = Server(port, folder, control)
        server.run("start")
        try:
            yield server
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=False, cwd=folder, stdout=subprocess.DEVNULL)


def psql(server: Server, sql: str, user: str = "postgres", database: str = "lake", password: str = "") -> str:
    """Run statements as the user, in psql, and return what it prints. CalledProcessError if one of them fails."""
    words = ["psql", "-XAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(server.port), "-U", user]
    done = subprocess.run(
        [*words, "-d", database, "-f", "-"],
        input=sql,
        text=True,
        capture_output=True,
        check=True,
        env={**os.environ, "PGPASSWORD": password},
    )
    return done.stdout.strip()
