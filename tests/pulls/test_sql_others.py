"""MySQL (here MariaDB) and ODBC, where this machine has them: rows come typed, and what cannot be is said in words."""

from __future__ import annotations

import sqlite3
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from tests.deploy.mariadb_server import PASSWORD, mariadb_with
from warehouse.pulls.databases.ask import Questions, ask
from warehouse.pulls.databases.reach import Place, attach
from warehouse.storage.errors import RegistryError
from warehouse.storage.sql_files import sql_text

pytestmark = [pytest.mark.daemon, pytest.mark.long]
TABLES = """
SET sql_mode = '';
CREATE TABLE m (id int, mm decimal(6, 2), day date, noon datetime, yes boolean, name varchar(20)) CHARACTER SET utf8mb4;
INSERT INTO m VALUES (1, 12.50, '2024-01-02', '2024-01-02 12:00', true, 'Ärmel');
INSERT INTO m VALUES (2, NULL, '2024-00-00', NULL, NULL, NULL);
"""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A MariaDB server on loopback with one table, whose reader needs a password."""
    with mariadb_with(TABLES) as number:
        yield number


def _of_mysql(port: int, folder: Path, query: str, password: str = PASSWORD) -> Questions:
    connection = f"host=127.0.0.1 port={port} user=reader database=clinic"
    return Questions(Place("mysql", connection, password), {"patients": query}, 10, 20, folder, "tokens/a/b")


def test_mysql_gives_typed_rows(port: int, tmp_path: Path) -> None:
    """Numbers, dates, truth and letters come as MariaDB has them."""
    asked = _of_mysql(port, tmp_path, "SELECT * FROM m WHERE id = 1")
    assert ask(asked) == {"patients": 1}
    with duckdb.connect() as con:
        (row,) = con.execute(
            f"SELECT id, mm::VARCHAR, day::VARCHAR, yes, name FROM '{asked.file('patients')}'"
        ).fetchall()
    assert row == (1, "12.50", "2024-01-02", True, "Ärmel")


@pytest.mark.parametrize(
    ("query", "password", "said"),
    [
        ("SELECT day FROM m", PASSWORD, "without month or day"),
        ("SELECT nobody FROM m", PASSWORD, "names the column nobody"),
        ("SELECT * FROM nobody", PASSWORD, "names the table"),
        ("SELECT 1 AS a", "geheim", "does not let this user in"),
    ],
)
def test_mysql_that_fails(port: int, tmp_path: Path, query: str, password: str, said: str) -> None:
    """Each says what is wrong in words of its own, without the password."""
    with pytest.raises(RegistryError) as caught:
        ask(_of_mysql(port, tmp_path, query, password))
    assert said in str(caught.value)
    assert password not in str(caught.value)


def test_a_query_that_takes_too_long_ends_in_mysql_too(port: int, tmp_path: Path) -> None:
    """Nothing of it is left to weigh on a hospital's server."""
    asked = replace(_of_mysql(port, tmp_path, "SELECT id, sleep(60) AS slept FROM m"), seconds=4)
    others = "SELECT count(*) AS n FROM information_schema.processlist WHERE id <> connection_id() AND info <> ''"
    seen: list[int] = []

    def watch() -> None:
        with duckdb.connect() as con:
            attach(con, asked.place, 20)
            while seen.count(1) == 0 or seen[-1] == 1:
                seen.append(con.execute(f"FROM mysql_query('asked', {sql_text(others)})").fetchall()[0][0])
                time.sleep(0.2)

    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        with pytest.raises(RegistryError, match="longer than most_minutes"):
            ask(asked)
        watching.result(timeout=60)  # two rows would sleep for two minutes


def test_odbc_gives_rows_and_keeps_what_is_there(tmp_path: Path) -> None:
    """Through SQLite's ODBC driver; nothing that is asked stays done."""
    drivers = subprocess.run(["odbcinst", "-q", "-d"], capture_output=True, text=True, check=False)
    if "SQLite3" not in drivers.stdout:
        pytest.skip("no ODBC driver for SQLite is installed (apt-get install unixodbc libsqliteodbc)")
    database = tmp_path / "a.sqlite"
    with closing(sqlite3.connect(database)) as con:
        con.executescript("CREATE TABLE m (id INTEGER, mm REAL); INSERT INTO m VALUES (1, 12.5), (2, NULL);")
    place = Place("odbc", f"Driver=SQLite3;Database={database}")
    asked = Questions(place, {"patients": "SELECT id, mm FROM m"}, 10, 20, tmp_path, "")
    assert ask(asked) == {"patients": 2}
    wrong = Questions(place, {"patients": "SELECT nobody FROM m"}, 10, 20, tmp_path, "")
    with pytest.raises(RegistryError, match="names the table or column nobody"):
        ask(wrong)
    removing = Questions(place, {"patients": "DELETE FROM m"}, 10, 20, tmp_path, "")  # one_select would refuse it
    ask(removing)
    assert ask(asked) == {"patients": 2}
