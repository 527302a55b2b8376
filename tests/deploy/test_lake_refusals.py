"""What a server of PostgreSQL refuses is said in one line with its cure, and no password stands in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text

from tests.deploy.postgres_server import SCRAM, Server, server_with
from tests.lake.lake_kit import address_of, bare_release, with_files
from tests.orchestration.command import run_here
from warehouse.lake import publish as publishing
from warehouse.lake.address import VARIABLE
from warehouse.lake.reading import list_in_lake
from warehouse.lake.state import follow
from warehouse.releases.release import Release
from warehouse.storage.errors import RegistryError
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
    folder = tmp_path_factory.mktemp("published")
    home = with_files(Home(folder / "home").create(), folder / "files")
    bare_release(home.releases, 1, clean__patients="SELECT 'st-anna' AS site, 'P1' AS patient_id")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(VARIABLE, warehouse(server))
        assert len(follow(home)) == 1
    return home


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
    for words in (("refresh",), ("query", "SELECT 1")):
        (published.root / "lake").unlink(missing_ok=True)  # it names another database than one of the cases
        ran = run_here(published.root, *words, **{VARIABLE: warehouse(server, **given)})
        assert ran.code == 1 and wrong in ran.complaint and cure in ran.complaint, ran.complaint
        for secret in (PASSWORD, ANOTHER):
            assert secret not in ran.err.decode() + ran.text


def test_a_server_that_stops_in_the_middle(server: Server, published: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server ends after the tables of a release are written and before they are committed: the home keeps the
    release, the lake is as before, and the next attempt publishes it once.
    """
    address = address_of(warehouse(server))
    monkeypatch.setenv(VARIABLE, warehouse(server))
    held = [one.release_id for one in list_in_lake(address)]
    new = bare_release(published.releases, 2, clean__patients="SELECT 'st-anna' AS site, 'P2' AS patient_id")
    note = publishing.note_release

    def stop(con: object, release: Release) -> None:
        note(con, release)  # type: ignore[arg-type]
        server.run("stop")

    with monkeypatch.context() as broken:
        broken.setattr(publishing, "note_release", stop)
        with pytest.raises(RegistryError, match="cannot be reached. Start the server") as said:
            follow(published)
        assert PASSWORD not in str(said.value)
        away = run_here(published.root, "query", "SELECT 1", **{VARIABLE: warehouse(server)})
        assert away.code == 1 and "cannot be reached" in away.complaint
    server.run("start")
    assert [one.release_id for one in list_in_lake(address)] == held
    assert follow(published) == [new.release_id] and follow(published) == []
    assert [one.release_id for one in list_in_lake(address)] == [*held, new.release_id]
