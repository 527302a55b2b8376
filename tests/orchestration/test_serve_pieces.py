"""The parts of `registry serve` that need no client (tests/e2e/test_serving.py has one)."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import duckdb
import pytest

from orchestration.serving.extensions import extension_files
from orchestration.serving.follow import stamp
from orchestration.serving.relay import (
    BODY_BYTES,
    WORDS,
    Relay,
    Request,
    Upstream,
    error_in,
    error_response,
)
from orchestration.serving.rights import readable_besides_releases
from orchestration.serving.token import VARIABLE, read_token
from tests.e2e.demonstration import Demonstration, copy_of
from tests.orchestration.command import run_here
from warehouse.releases.served_database import RELEASED, attach_release, write_served_database
from warehouse.releases.served_statements import MAY_RUN, TABLE_FUNCTIONS, create_permission
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home

CLIENT = "POST /quack HTTP/1.1\r\nUser-Agent: duckdb/v1.5.5(linux_amd64) python/3.11 d8cdaa33fd\r\n"
ALLOWED = (
    "SELECT 1",
    "FROM clean.patients",
    "WITH a AS (FROM clean.patients) SELECT count(*) FROM a",
    "DESCRIBE clean.patients",
    "SUMMARIZE clean.patients",
    "SHOW TABLES",
    "FROM clean.patients PIVOT (count(*) FOR sex IN ('male', 'female'))",
    "FROM range(3) t(a) JOIN unnest([1, 2]) u(b) ON a = b",
    "FROM RANGE(3)",
    "SELECT 'FROM read_csv(''x'')' AS words -- FROM quack_stop('x')",
    """SELECT '"type":"TABLE_FUNCTION"' AS words, * FROM range(1)""",
    "SELECT schema_name, sql FROM duckdb_tables() UNION ALL SELECT schema_name, view_name FROM duckdb_views()",
)
REFUSED = (
    "",
    "nonsense",
    "SELECT 1; SELECT 2",
    "SET threads = 1",
    "PRAGMA database_list",
    "CALL quack_stop('quack:localhost')",
    "CREATE TEMP TABLE t AS SELECT 1",
    "INSERT INTO release VALUES ('x')",
    "COPY (SELECT 1) TO 'x.csv'",
    "EXPLAIN ANALYZE SELECT 1",
    "IMPORT DATABASE 'x'",
    "ATTACH 'x.duckdb'",
    "PIVOT clean.patients ON sex",
    "FROM read_csv('x.csv')",
    "SELECT (SELECT content FROM read_text('x'))",
    "SELECT 1 WHERE EXISTS (FROM glob('*'))",
    "WITH a AS (FROM read_parquet('x')) SELECT 1",
    "FROM range(1), quack_query('quack:elsewhere', 'SELECT 1')",
    "FROM \"quack_stop\"('x')",
    "FROM QUACK_STOP('x')",
    "FROM /* range( */ query('SELECT 1')",
    "FROM main.quack_stop('x')",
    "SELECT getvariable('x')",
    "SELECT PG_SLEEP(1)",
    """SELECT '"type":"TABLE_FUNCTION","alias":""' FROM quack_stop('"function_name":"range"')""",
    """FROM quack_stop('x') AS "a"":""range" """,
)


@pytest.fixture(scope="module")
def permission() -> duckdb.DuckDBPyConnection:
    """A connection with the macro that quack asks."""
    con = duckdb.connect()
    create_permission(con)
    return con


@pytest.mark.parametrize(("statement", "may_run"), [*((s, True) for s in ALLOWED), *((s, False) for s in REFUSED)])
def test_one_select_and_nothing_else(permission: duckdb.DuckDBPyConnection, statement: str, may_run: bool) -> None:
    """A client may run one SELECT that calls no table function beyond the list; words in texts and comments change
    nothing.
    """
    assert permission.execute(f"SELECT {MAY_RUN}('session', ?)", [statement]).fetchone() == (may_run,)


def test_every_listed_table_function_is_there(permission: duckdb.DuckDBPyConnection) -> None:
    """Each name of the list is a function of this DuckDB, and none takes a text as SQL or as a file."""
    known = {name for (name,) in permission.execute("SELECT function_name FROM duckdb_functions()").fetchall()}
    assert set(TABLE_FUNCTIONS) <= known | {"unnest"}
    assert not any(name.startswith(("read_", "quack", "query", "parquet")) for name in TABLE_FUNCTIONS)


@pytest.mark.long
def test_the_served_database_has_views_of_everything(demonstration: Demonstration, tmp_path: Path) -> None:
    """It holds a view of each table of the release in `main` and in the table's own schema, a list of them and the
    release's id; it is small, since it copies no row.
    """
    path = tmp_path / "served.duckdb"
    write_served_database(path, demonstration.release)
    assert path.stat().st_size < 2 << 20
    con = duckdb.connect(str(path), read_only=True)
    attach_release(con, demonstration.release)
    listed = con.execute("SELECT name, in_release FROM tables").fetchall()
    assert len(listed) > 40 and len({name for name, _ in listed}) == len(listed)
    for name, in_release in listed:
        rows = con.execute(f"SELECT count(*) FROM {RELEASED}.{in_release}").fetchone()
        assert con.execute(f"SELECT count(*) FROM {name}").fetchone() == rows
        assert con.execute(f"SELECT count(*) FROM served.{in_release}").fetchone() == rows
    release = demonstration.release
    told = con.execute("SELECT release_id, content_hash FROM release").fetchone()
    assert told == (release.release_id, release.manifest["content_hash"])
    con.close()


def test_the_stamp_tells_releases_and_files_apart(demonstration: Demonstration, tmp_path: Path) -> None:
    """The stamp changes when `current` names another release and when the file was replaced; without a release there is
    none.
    """
    assert stamp(Home(tmp_path / "nowhere")) is None
    home = copy_of(demonstration, tmp_path)
    before = stamp(home)
    assert before is not None and before == stamp(home)
    database = demonstration.release.database
    (tmp_path / "again").write_bytes(database.read_bytes())
    os.replace(tmp_path / "again", home.current.resolve() / database.name)
    assert stamp(home) not in (None, before)


@pytest.mark.parametrize(
    ("text", "mode", "says"),
    [
        ("0123456789abcdef0123\n", 0o600, None),
        ("0123456789abcdef0123", 0o400, None),
        ("0123456789abcdef0123", 0o640, "chmod 600"),
        ("0123456789abcdef0123", 0o604, "chmod 600"),
        ("short", 0o600, "fewer than 20"),
        ("", 0o600, "no token"),
        ("0123456789 abcdef 0123", 0o600, "one line"),
        ("0123456789abcdef\n0123", 0o600, "one line"),
    ],
)
def test_a_token_is_private_and_long(tmp_path: Path, text: str, mode: int, says: str | None) -> None:
    """A token comes from a file that its owner alone can read, and is a line of 20 characters or more."""
    file = tmp_path / "token"
    file.write_text(text)
    file.chmod(mode)
    if says is None:
        assert read_token(file) == text.strip()
        return
    with pytest.raises(RegistryError, match=says) as refused:
        read_token(file)
    assert not text.strip() or text.strip() not in str(refused.value)


def test_a_token_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a file the token is that of the environment; a file that is not there is named with the cure."""
    monkeypatch.setenv(VARIABLE, "0123456789abcdef0123")
    assert read_token(None) == "0123456789abcdef0123"
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(RegistryError, match="There is no token"):
        read_token(None)
    with pytest.raises(RegistryError, match="--token-file"):
        read_token(tmp_path / "nowhere")


def test_extensions_that_are_not_installed_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the optional packages are missing, one sentence says what to install; otherwise both files are found."""
    assert [file.name for file in extension_files()] == ["httpfs.duckdb_extension", "quack.duckdb_extension"]
    monkeypatch.setattr("warehouse.storage.extensions.find_spec", lambda _: None)
    with pytest.raises(RegistryError, match=r"pip install '\.\[serve\]'"):
        extension_files()


def test_a_user_who_reads_more_is_refused(demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch) -> None:
    """The owner of the home is refused with the names of what else they could read, unless they say that they know."""
    monkeypatch.setenv(VARIABLE, "0123456789abcdef0123")
    assert readable_besides_releases(demonstration.home) == ["archive", "build.duckdb", "dagster", "landing"]
    file = demonstration.home.root.parent / "token-of-serve"
    file.write_text("0123456789abcdef0123")
    file.chmod(0o600)
    ran = run_here(demonstration.home.root, "serve", "--token-file", str(file))
    assert (
        ran.code == 1 and "archive, build.duckdb, dagster, landing" in ran.complaint and "--as-owner" in ran.complaint
    )


@pytest.mark.parametrize(
    ("head", "says"),
    [
        (CLIENT, None),
        (CLIENT.replace("POST", "post /x\r\nx: POST"), b"404"),
        (CLIENT.replace("/quack", "/other"), b"404"),
        (CLIENT.replace("POST", "GET"), b"404"),
        (CLIENT.replace("v1.5.5", "v1.5.6"), None),
        (CLIENT.replace("v1.5.5", "v2.0.0"), b"client is DuckDB 2.0.0"),
        (CLIENT.replace("v1.5.5", "v1.4.4"), b"client is DuckDB 1.4.4"),
        (CLIENT.replace("v1.5.5", "v1.50.5"), b"client is DuckDB 1.50.5"),
        (CLIENT.replace("duckdb/v1.5.5", "curl/8.0"), b"403"),
        (CLIENT + "Origin: https://elsewhere.org\r\n", b"403"),
        (CLIENT + "Transfer-Encoding: chunked\r\n", b"403"),
        (CLIENT + f"Content-Length: {BODY_BYTES + 1}\r\n", b"megabyte"),
        ("\r\n", b"404"),
        ("POST /quack HTTP/1.1\r\n", b"403"),
    ],
)
def test_which_requests_are_passed_on(head: str, says: bytes | None) -> None:
    """Only a POST to /quack by a DuckDB client of the server's minor version is passed on; others learn why not."""
    refused = Request(f"{head}\r\n".encode()).refused("1.5")
    assert says in refused if says else refused == b""


@pytest.mark.parametrize("text", ["", "a", "x" * 127, "ä" * 300, *WORDS, *WORDS.values()])
def test_errors_are_messages_of_quack(text: str) -> None:
    """An error is written as quack writes it, and a short one is read back."""
    body = error_response(text).split(b"\r\n\r\n", 1)[1]
    assert error_in(body) == (text if len(text.encode()) < 128 else "")
    assert error_in(body[:-1]) == error_in(b"") == ""


def test_a_process_that_ends_answers_in_words() -> None:
    """A request that the serving process does not answer gets the sentence of why it ended; so does the next one, which
    finds nobody. Quack's own short errors get words; other answers stay as they are, and nothing is put into one that
    breaks off.
    """
    broken_off = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 500
    own_error = error_response("Table with name x does not exist!")
    answers = iter([b"", error_response("Invalid connection id"), own_error, broken_off])

    async def asked(relay: Relay, port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"{CLIENT}Content-Length: 2\r\n\r\nhi".encode())
        answer = await reader.read()
        writer.close()
        return answer

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"hi")
        writer.write(next(answers))
        await writer.drain()
        writer.close()

    async def said() -> list[bytes]:
        relay = Relay("127.0.0.1", "1.5")
        async with (
            await asyncio.start_server(serve_one, "127.0.0.1", 0) as server,
            await asyncio.start_server(relay.answer, "127.0.0.1", 0) as front,
        ):
            port = front.sockets[0].getsockname()[1]
            found = [await asked(relay, port)]
            relay.upstream = Upstream(server.sockets[0].getsockname()[1], ended_because="It has ended.")
            found += [await asked(relay, port) for _ in range(4)]
            assert relay.upstream.began == {} and relay.upstream.longest() == 0.0
            server.close()
            await server.wait_closed()
            return [*found, await asked(relay, port)]

    nobody, ended, words, own, broken, gone = asyncio.run(said())
    assert b"not being served at the moment" in nobody
    assert b"It has ended." in ended and b"It has ended." in gone
    assert WORDS["Invalid connection id"].encode() in words
    assert own == own_error and broken == broken_off
