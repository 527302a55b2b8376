"""A PostgreSQL server is asked read-only: numbers and dates that DuckDB reads wrongly, and all that can fail."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.deploy.postgres_server import SCRAM, Server, psql, server_with
from warehouse.pulls.databases.ask import Questions, ask
from warehouse.pulls.databases.reach import Place
from warehouse.storage.errors import RegistryError

pytestmark = [pytest.mark.daemon, pytest.mark.long]
PASSWORD = "it's a {secret}"
TABLES = """
CREATE TABLE m (id int, mm numeric, d numeric(6, 2), f float8, day date, noon timestamp, zoned timestamptz, yes bool);
INSERT INTO m VALUES
    (1, 12, 12.50, 1.5, '2024-01-02', '2024-01-02 12:00', now(), true),
    (2, 'NaN', 'NaN', 'NaN', 'infinity', '2024-01-03', now(), false),
    (3, 'Infinity', NULL, NULL, '9999-12-31', NULL, NULL, NULL);
CREATE SEQUENCE counted;
GRANT SELECT ON m TO reader;
GRANT ALL ON SEQUENCE counted TO reader;
CREATE TABLE hidden (a int);
"""
SLOW = "SELECT g AS n, pg_sleep(1) FROM generate_series(1, 900) g"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that asks for the password of its user `reader`."""
    with server_with(SCRAM) as running:
        quoted = PASSWORD.replace("'", "''")
        psql(running, f"CREATE ROLE reader LOGIN PASSWORD '{quoted}'", database="postgres")
        psql(running, "CREATE DATABASE clinic", database="postgres")
        psql(running, TABLES, database="clinic")
        yield running


def questions(server: Server, folder: Path, seconds: int = 20, password: str = PASSWORD, **queries: str) -> Questions:
    """Questions to the server."""
    connection = f"host=127.0.0.1 port={server.port} dbname=clinic user=reader connect_timeout=5"
    return Questions(Place("postgres", connection, password), queries, 1000, seconds, folder, "tokens/a/b")


def refused(asked: Questions) -> str:
    """Why an answer cannot be had; the reason shows neither password nor cell."""
    with pytest.raises(RegistryError) as caught:
        ask(asked)
    said = str(caught.value)
    assert not any(secret in said for secret in (PASSWORD, "geheim", "Anna", "12.5"))
    return said


def test_numbers_and_dates_that_are_none(server: Server, tmp_path: Path) -> None:
    """A NaN is empty, so that the mean of 12 and NaN is 12 and not 6; what is infinite stays a word, which rules set
    aside, and neither 0 nor 9999-12-31, which are values of their own."""
    asked = questions(server, tmp_path, patients="SELECT id, mm, d, f, day, noon, yes FROM m ORDER BY id")
    assert ask(asked) == {"patients": 3}
    with duckdb.connect() as con:
        rows = con.execute(f"FROM '{asked.file('patients')}'").fetchall()
        mean = con.execute(f"SELECT avg(mm::DOUBLE) FROM '{asked.file('patients')}' WHERE id < 3").fetchone()
    assert mean == (12.0,)
    assert [row[1:5] for row in rows] == [
        ("12", "12.50", "1.5", "2024-01-02"),
        (None, None, None, "infinity"),
        ("Infinity", None, None, "9999-12-31"),
    ]
    assert [row[6] for row in rows] == [True, False, None]


def test_a_time_with_a_zone_is_refused(server: Server, tmp_path: Path) -> None:
    """Its day depends on who reads it; the cure names the column."""
    assert "CAST(zoned AT TIME ZONE" in refused(questions(server, tmp_path, patients="SELECT id, zoned FROM m"))


def test_all_answers_are_of_one_moment(server: Server, tmp_path: Path) -> None:
    """A row that another user adds between two queries is in neither answer."""
    adding = threading.Timer(1.5, lambda: psql(server, "INSERT INTO m (id) VALUES (4)", database="clinic"))
    adding.start()
    counted = "SELECT count(*) AS n FROM m"
    asked = questions(
        server, tmp_path, patients=counted, genotypes="SELECT 1 AS a FROM pg_sleep(3)", rfa_sessions=counted
    )
    ask(asked)
    adding.join()
    with duckdb.connect() as con:
        found = [con.execute(f"FROM '{asked.file(one)}'").fetchone() for one in ("patients", "rfa_sessions")]
    assert found == [(3,), (3,)]
    psql(server, "DELETE FROM m WHERE id = 4", database="clinic")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT nextval('counted') AS n", "would change the database"),
        ("SELECT a FROM hidden", "may not read"),
        ("SELECT nobody FROM m", "names the column nobody"),
        ("SELECT * FROM nobody", "names the table nobody"),
        ("SELECT 'geheim'::int AS a", "is not shown"),
        ("SELECT id, id FROM m", "two columns of one name"),
        ("SELECT id FROM m, pg_sleep(9)", "longer than most_minutes"),
    ],
)
def test_queries_that_fail(server: Server, tmp_path: Path, query: str, said: str) -> None:
    """Each says what is wrong in words of its own."""
    assert said in refused(questions(server, tmp_path, seconds=3, patients=query))


def test_a_query_that_takes_too_long_ends_in_the_database_too(server: Server, tmp_path: Path) -> None:
    """Nothing of it is left to weigh on a hospital's server."""
    assert "longer than most_minutes" in refused(questions(server, tmp_path, seconds=2, patients=SLOW))
    left = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader' AND state = 'active'"
    assert psql(server, left, database="clinic") == "0"


def test_a_wrong_password_and_a_server_that_is_not_there(server: Server, tmp_path: Path) -> None:
    """The cure names where the password stands, never the password."""
    said = refused(questions(server, tmp_path, password="geheim", patients="SELECT 1 AS a"))
    assert "does not let this user in" in said
    assert "tokens/a/b" in said
    away = questions(server, tmp_path, patients="SELECT 1 AS a")
    gone = Questions(Place("postgres", "host=127.0.0.1 port=1 dbname=a user=b"), away.queries, 9, 9, tmp_path, "")
    assert "cannot be reached" in refused(gone)


def test_a_database_that_goes_away_in_the_middle(server: Server, tmp_path: Path) -> None:
    """The process that asked may crash; the registry says what happened, and the next pull works."""

    def end() -> None:
        running = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader' AND query LIKE 'COPY%series%'"
        while psql(server, running, database="clinic") == "0":
            time.sleep(0.1)
        server.run("restart")

    ending = threading.Thread(target=end)
    ending.start()
    said = refused(questions(server, tmp_path, seconds=600, patients=SLOW))
    ending.join()
    assert "gone away" in said or "went away" in said
    assert ask(questions(server, tmp_path, patients="SELECT id FROM m")) == {"patients": 3}
