"""A PostgreSQL server and an object store for the tests that need one."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.deploy.store_kit import object_store


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a throw-away cluster on loopback. Skips the test if there is no server, or no user to run it."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not found:
        pytest.skip("no PostgreSQL server is installed (apt-get install postgresql)")
    runuser = shutil.which("runuser")
    if os.geteuid() != 0 or runuser is None or "postgres" not in {entry.pw_name for entry in pwd.getpwall()}:
        pytest.skip("a PostgreSQL server is started as user postgres, which only root can do")
    tools = found[-1].parent
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    as_postgres = [runuser, "-u", "postgres", "--"]
    with TemporaryDirectory() as folder:
        shutil.chown(folder, "postgres")
        data = f"{folder}/data"

        def run(*words: str) -> None:
            subprocess.run([*as_postgres, *words], check=True, cwd=folder, stdout=subprocess.DEVNULL)

        run(str(tools / "initdb"), "--auth=trust", "--encoding=UTF8", "-D", data)
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        run(str(tools / "pg_ctl"), "-D", data, "-w", "-l", f"{folder}/log", "-o", options, "start")
        try:
            yield f"postgresql+psycopg2://postgres@127.0.0.1:{port}/postgres"
        finally:
            run(str(tools / "pg_ctl"), "-D", data, "-m", "immediate", "stop")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an S3 server with one bucket."""
    with object_store(tmp_path_factory.mktemp("moto")) as address:
        yield address
