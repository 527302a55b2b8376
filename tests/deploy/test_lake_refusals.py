"""What a server of PostgreSQL refuses is said in one line with its cure, and no password stands in it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text

from tests.deploy.postgres_server import SCRAM, Server, server_with
from tests.lake.lake_kit import address_of, with_files
from tests.orchestration.command import run_here
from tests.warehouse.release_kit import release_small, site_with_sessions
from warehouse.lake import publish as publishing
from warehouse.lake.address import VARIABLE
from warehouse.lake.reading import list_in_lake
from warehouse.lake.state import follow
from warehouse.releases.release import Release
from warehouse.storage.home import Home

pytestmark = pytest.mark.daemon
PASSWORD, ANOTHER = "s3cr3t word", "an0ther"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that asks for passwords, with a database of `writer`, and a user `stranger` without rights there."""
    with server_with(SCRAM) as made:
        engine = create_engine(made.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as con:
            for role in ("writer", "stranger"):
                con.execute(text(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'"))
            con.execute(text("CREATE DATABASE lake OWNER writer"))
        engine.dispose()
        yield made


def warehouse(server: Server, user: str = "writer", password: str = PASSWORD, database: str = "lake") -> str:
    """What REGISTRY_WAREHOUSE is."""
    return f"ducklake:postgres:host=127.0.0.1 port={server.port} dbname={database} user={user} password='{password}'"


@pytest.fixture(scope="module")
def published(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose one release is in the lake."""
    site = site_with_sessions(tmp_path_factory.mktemp("published") / "home")
    with_files(site.home, site.home.root.parent / "files")
    release_small(site.home)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(VARIABLE, warehouse(server))
        assert len(follow(site.home)) == 1
    return site.home


CASES: dict[str, tuple[dict[str, str], str, str]] = {
    "another password": ({"password": ANOTHER}, "does not let this user into", "Correct user and password"),
    "no such user": ({"user": "nobody"}, "does not let this user into", "Correct user and password"),
    "no password": ({"password": ""}, "does not let this user into", "PGPASSFILE"),
    "no such database": ({"database": "elsewhere"}, "has no such database", "createdb"),
    "no rights": ({"user": "stranger"}, "may not read or write the catalogue", "Grant the user"),
}


@pytest.mark.parametrize("case", CASES)
def test_who_is_not_let_in(server: Server, published: Home, case: str) -> None:
    """A wrong password, user or database, and a user without rights, are refused at the start of each command."""
    given, wrong, cure = CASES[case]
    before = os.readlink(published.current)
    for words in (("refresh",), ("query", "SELECT 1")):
        (published.root / "lake").unlink(missing_ok=True)  # it names another database than one of the cases
        ran = run_here(published.root, *words, **{VARIABLE: warehouse(server, **given)})
        assert ran.code == 1 and wrong in ran.complaint and cure in ran.complaint, ran.complaint
        for secret in (PASSWORD, ANOTHER):
            assert secret not in ran.err.decode() + ran.text
    assert os.readlink(published.current) == before


def test_a_server_that_stops_in_the_middle(server: Server, published: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server ends after the tables of a release are written and before they are committed: the home keeps the
    release, the lake is as before, and the next attempt publishes it once.
    """
    address = address_of(warehouse(server))
    monkeypatch.setenv(VARIABLE, warehouse(server))
    held = [one.release_id for one in list_in_lake(address)]
    folder = published.landing / "st-anna" / "rfa_sessions"
    (folder / "2024-02-29_b.csv").write_bytes((folder / "2024-01-31_a.csv").read_bytes().replace(b"P2", b"P3"))
    new = release_small(published)
    note = publishing.note_release

    def stop(con: object, release: Release) -> None:
        note(con, release)  # type: ignore[arg-type]
        server.run("stop")

    with monkeypatch.context() as broken:
        broken.setattr(publishing, "note_release", stop)
        ran = run_here(published.root, "migrate", "--to", "lake", **{VARIABLE: warehouse(server)})
        assert ran.code == 1 and "cannot be reached. Start the server" in ran.complaint, ran.complaint
        assert PASSWORD not in ran.err.decode()
        away = run_here(published.root, "query", "SELECT 1", **{VARIABLE: warehouse(server)})
        assert away.code == 1 and "cannot be reached" in away.complaint
    server.run("start")
    assert [one.release_id for one in list_in_lake(address)] == held
    ran = run_here(published.root, "migrate", "--to", "lake", **{VARIABLE: warehouse(server)})
    assert ran.code == 0 and "1 release written" in ran.text and "2 releases compared" in ran.text, ran.err.decode()
    assert [one.release_id for one in list_in_lake(address)] == [*held, new.release_id]
