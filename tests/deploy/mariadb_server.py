"""Starts a throw-away MariaDB server on loopback, for root where it is installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PASSWORD = "it's a {secret}"
"""That of the server's user `reader`, who reads the database `clinic`."""
READER = """
CREATE DATABASE clinic CHARACTER SET utf8mb4;
CREATE USER reader@'127.0.0.1' IDENTIFIED BY 'it''s a {secret}';
GRANT SELECT ON clinic.* TO reader@'127.0.0.1';
CREATE USER writer@'127.0.0.1';
GRANT ALL ON clinic.* TO writer@'127.0.0.1';
USE clinic;
"""


@contextmanager
def mariadb_with(statements: str = "") -> Iterator[int]:
    """The port of a server that has run these statements in its database; `writer` needs no password."""
    if shutil.which("mariadbd") is None or os.geteuid() != 0:
        pytest.skip("no MariaDB server is installed (apt-get install mariadb-server), or this is not root")
    folder = Path(tempfile.mkdtemp(prefix="mariadb-"))  # which the server's own user can reach
    shutil.chown(folder, "mysql")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = ["--no-defaults", "--user=mysql", f"--datadir={folder}/data"]
    made = ["mariadb-install-db", *data, "--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    words = ["mariadbd", *data, f"--port={port}", "--bind-address=127.0.0.1", f"--socket={folder}/s"]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        client = ["mariadb", "--no-defaults", "--user=root", f"--socket={folder}/s", "--default-character-set=utf8mb4"]
        for _ in range(100):
            if subprocess.run([*client, "-e", "SELECT 1"], capture_output=True).returncode == 0:
                break
            time.sleep(0.2)
        subprocess.run(client, input=READER + statements, text=True, check=True)
        yield port
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder)
