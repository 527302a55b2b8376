"""Starts a PostgreSQL server of its own for a measurement, on loopback, with its data and its log in a folder.

As root it runs as user postgres, which a server insists on; as anybody else, as that user.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

PLACE = Path("/usr/lib/postgresql")
"""Where Debian's packages put the servers, by version."""


@dataclass(frozen=True)
class Server:
    """A running server: where it listens, the file that it logs to, and its first process."""

    port: int
    log: Path
    pid: int

    def database(self, name: str) -> str:
        """Return how libpq is told of a database on it."""
        return f"host=127.0.0.1 port={self.port} user=postgres dbname={name}"


@contextmanager
def own_server(*databases: str) -> Iterator[Server]:
    """Start a server with empty databases of these names; it is stopped and removed at the end."""
    found = sorted(PLACE.glob("*/bin/pg_ctl"), key=lambda path: float(path.parts[-3]))
    if not found:
        raise SystemExit("No PostgreSQL server is installed: apt-get install postgresql.")
    tools, first = found[-1].parent, ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with TemporaryDirectory(prefix="postgres-") as folder:
        if first:
            shutil.chown(folder, "postgres")
        data, log = f"{folder}/data", Path(folder) / "log"

        def run(*words: str) -> None:
            subprocess.run([*first, *words], check=True, cwd=folder, stdout=subprocess.DEVNULL)

        run(str(tools / "initdb"), "--auth=trust", "--encoding=UTF8", "--locale=C", "--username=postgres", "-D", data)
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        run(str(tools / "pg_ctl"), "-D", data, "-w", "-l", str(log), "-o", options, "start")
        try:
            for name in databases:
                run(str(tools / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", name)
            yield Server(port, log, int((Path(data) / "postmaster.pid").read_text().split()[0]))
        finally:
            run(str(tools / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
