"""`registry serve` with a real client: DuckDB's own, in another process, over the network of this machine."""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from orchestration.serving.relay import AGAIN
from orchestration.serving.token import VARIABLE
from tests.e2e.demonstration import Demonstration, copy_of
from tests.e2e.duckdb_client import Client, client
from tests.orchestration.command import CHECKOUT
from warehouse.releases.query import open_release
from warehouse.releases.release import find_release, make_current, write_release
from warehouse.releases.release_tables import copy_tables
from warehouse.releases.served_database import IN_RELEASE, RELEASED
from warehouse.storage.connection import open_build
from warehouse.storage.home import Home

pytestmark = pytest.mark.daemon
TOKEN = "a-token-of-the-tests-alone"
WITHIN_SECONDS = 60
SERVED_WITHIN_SECONDS = 20
TOO_LONG = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(1000000) b"


@dataclass(frozen=True)
class Server:
    """A running `registry serve`."""

    home: Home
    port: int
    process: subprocess.Popen
    log: Path

    def children(self) -> list[int]:
        """Process ids of the processes that it started."""
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def served(home: Home, folder: Path, *words: str) -> Iterator[Server]:
    """Run `registry serve`, whose user owns the home, and wait until it serves."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "serve.log"
    with log.open("wb") as out:
        words = ("serve", "--home", str(home.root), "--port", str(port), "--as-owner", *words)
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestration.cli.main", *words],
            cwd=CHECKOUT, stdout=out, stderr=out, env=os.environ | {VARIABLE: TOKEN},
        )  # fmt: skip
    server = Server(home, port, process, log)
    try:
        _until(lambda: "Serving" in log.read_text() or process.poll() is not None, log.read_text)
        assert process.poll() is None, log.read_text()
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(WITHIN_SECONDS) == 0


@pytest.fixture(scope="module")
def server(demonstration: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demonstration's release, served."""
    with served(demonstration.home, tmp_path_factory.mktemp("serve")) as running:
        yield running


@pytest.fixture
def reader(server: Server) -> Iterator[Client]:
    """A client of it."""
    with client(server.port, TOKEN) as found:
        yield found


def test_every_table_is_the_releases_own(server: Server, reader: Client) -> None:
    """Behind the attached server every table and view of the release has its columns and rows, under its own name of
    the list and, in SQL that the server runs, under the release's name; tables of one name in two schemas are not mixed
    up.
    """
    with open_release(find_release(server.home)) as con:
        names = [(schema, name) for schema, name, _, _ in con.execute(IN_RELEASE, [RELEASED]).fetchall()]
        assert len(names) > 40 and {("clean", "patients"), ("cohort", "patients")} <= set(names)
        for schema, name in names:
            columns = [column[0] for column in con.execute(f"DESCRIBE {schema}.{name}").fetchall()]
            asked = f"SELECT count(*), sum(hash(COLUMNS(*))::HUGEINT) FROM {schema}.{name}"
            expected = [str(cell) for cell in con.execute(asked).fetchone() or ()]
            assert [str(cell) for cell in reader.on_server(asked)[0]] == expected, (schema, name)
            behind = reader.rows(f"DESCRIBE registry.{schema}_{name}")
            assert [column[0] for column in behind] == columns, (schema, name)
            assert str(reader.rows(f"SELECT count(*) FROM registry.{schema}_{name}")[0][0]) == expected[0]
    listed = {tuple(row) for row in reader.rows("SELECT name, in_release FROM registry.tables")}
    assert listed == {(f"{schema}_{name}", f"{schema}.{name}") for schema, name in names}
    assert reader.rows("SELECT release_id FROM registry.release") == [[find_release(server.home).release_id]]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO registry.release VALUES ('x', NULL, 'y')",
        "CREATE TABLE registry.mine AS SELECT 1 AS a",
        "DROP VIEW registry.clean_patients",
        *(
            f"FROM registry.query($select${inner}$select$)"
            for inner in (
                "SET threads = 1",
                "SET GLOBAL quack_authorization_function = 'quack_nop_authorization'",
                "INSERT INTO release VALUES ('x', NULL, 'y')",
                "CREATE TEMP TABLE mine AS SELECT 1 AS a",
                "COPY (SELECT 1) TO 'out.csv'",
                "FROM read_text('/etc/hostname')",
                "FROM quack_stop('quack:localhost')",
                "FROM query('SELECT 1')",
                "SELECT 1; SELECT 2",
            )
        ),
    ],
)
def test_clients_only_read(reader: Client, statement: str) -> None:
    """Writes, settings, other statements and functions that reach beyond the release are refused in a sentence."""
    assert "one SELECT at a time and nothing else" in reader.error(statement)


def test_files_are_out_of_reach(reader: Client) -> None:
    """A SELECT cannot read a file, whatever the rights of the server's user."""
    assert "disabled by configuration" in reader.error("FROM registry.query($$ FROM 'README.csv' $$)")


def test_a_wrong_token_is_refused(server: Server, reader: Client) -> None:
    """Without the token nothing is attached, and the sentence does not repeat it."""
    wrong = f"ATTACH 'quack:127.0.0.1:{server.port}' AS other (TOKEN 'another-token-than-theirs')"
    assert "does not know this token" in reader.error(wrong)
    assert TOKEN not in server.log.read_text()
    commands = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in (server.process.pid, *server.children())]
    assert len(commands) == 2 and not any(TOKEN.encode() in words for words in commands)


@pytest.mark.parametrize(
    ("head", "answer"),
    [
        ("POST /quack HTTP/1.1\r\nUser-Agent: duckdb/v2.0.0(linux_amd64) cli", b"the client is DuckDB 2.0.0"),
        ("POST /quack HTTP/1.1\r\nUser-Agent: Mozilla/5.0", b"403 Forbidden"),
        ("POST /quack HTTP/1.1\r\nUser-Agent: duckdb/v1.5.5\r\nOrigin: https://elsewhere.org", b"403 Forbidden"),
        ("GET / HTTP/1.1\r\nUser-Agent: Mozilla/5.0", b"404 Not Found"),
    ],
)
def test_who_is_no_client_is_refused(server: Server, head: str, answer: bytes) -> None:
    """A client of another version is told so before it gives its token to DuckDB; browsers are refused."""
    with socket.create_connection(("127.0.0.1", server.port), WITHIN_SECONDS) as connection:
        connection.sendall(f"{head}\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n".encode())
        assert answer in b"".join(iter(partial(connection.recv, 1 << 16), b""))


def test_a_new_release_is_served_within_seconds(demonstration: Demonstration, tmp_path: Path) -> None:
    """Once `current` points to a new release, a client that attaches reads it; one that was attached gets a sentence
    that says what to do, never rows of another release; and files that an erasure replaced are opened anew.
    """
    home = copy_of(demonstration, tmp_path)
    first = find_release(home)
    with served(home, tmp_path) as server, client(server.port, TOKEN) as before:
        assert before.rows("SELECT release_id FROM registry.release") == [[first.release_id]]
        second = _release_again(home, "20990101T000000Z-aaaaaaaa")
        _until_served(server, second, 1)
        assert AGAIN in before.error("SELECT release_id FROM registry.release")
        before.attach_again()
        assert before.rows("SELECT release_id FROM registry.release") == [[second]]
        database = find_release(home).database
        shutil.copy(database, tmp_path / "copied.duckdb")
        os.replace(tmp_path / "copied.duckdb", database)
        _until_served(server, second, 2)
        assert AGAIN in before.error("SELECT 1 FROM registry.release")


def test_a_long_query_is_stopped(demonstration: Demonstration, tmp_path: Path) -> None:
    """A query that takes too long is stopped with a sentence, and a process that was killed is replaced. Clients attach
    again and go on.
    """
    with served(demonstration.home, tmp_path, "--timeout", "2") as server, client(server.port, TOKEN) as one:
        began = time.monotonic()
        assert "took longer than 2 s" in one.error(f"FROM registry.query('{TOO_LONG}')")
        assert time.monotonic() - began < SERVED_WITHIN_SECONDS
        _until(lambda: server.log.read_text().count("Serving") == 2, server.log.read_text)
        one.attach_again()
        os.kill(server.children()[0], signal.SIGKILL)
        _until(lambda: server.log.read_text().count("Serving") == 3, server.log.read_text)
        one.attach_again()
        assert one.on_server("SELECT count(*) > 0 FROM clean.patients") == [[True]]


def test_a_result_that_nobody_reads_is_noticed(demonstration: Demonstration) -> None:
    """The serving process says that a result has waited too long for its client; one that was read, or a client that is
    only attached, keeps nothing waiting.
    """
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "orchestration.serving.process"],
        cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    order = {"home": str(demonstration.home.root), "release_id": demonstration.release.release_id}
    try:
        process.stdin.write(json.dumps(order | {"token": TOKEN, "read_within": 3}).encode() + b"\n")
        process.stdin.flush()
        with client(json.loads(process.stdout.readline())["port"], TOKEN) as reader:
            assert reader.on_server("SELECT count(*) FROM range(100000)") == [[100000]]
            assert not select.select([process.stdout], [], [], 6)[0]
            assert reader.said("PARTLY FROM registry.query('FROM range(30000000)')") == {"rows": [[0]]}
            assert select.select([process.stdout], [], [], WITHIN_SECONDS)[0]
            assert json.loads(process.stdout.readline()) == {"overdue": True}
    finally:
        process.stdin.close()
        assert process.wait(WITHIN_SECONDS) == 0
        process.stdout.close()


def _release_again(home: Home, release_id: str) -> str:
    with open_build(home) as con:
        manifest = {"tables": {}, "content_hash": "a" * 64}
        write_release(home, release_id, manifest, partial(copy_tables, con), lambda _: None)
    make_current(home, release_id)
    return release_id


def _until_served(server: Server, release_id: str, times: int) -> None:
    """Wait until the server has said that often that it serves the release; it takes seconds."""
    began = time.monotonic()
    line = re.compile(rf"^Serving {release_id}\b", re.M)
    _until(lambda: len(line.findall(server.log.read_text())) == times, server.log.read_text)
    assert time.monotonic() - began < SERVED_WITHIN_SECONDS


def _until(holds: Callable[[], bool], log: Callable[[], str]) -> None:
    end = time.monotonic() + WITHIN_SECONDS
    while not holds():
        assert time.monotonic() < end, log()
        time.sleep(0.1)
