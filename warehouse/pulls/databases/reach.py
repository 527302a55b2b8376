"""Reaches a database through DuckDB's extension for it, read-only, and gives the answer to a query as a relation."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from warehouse.storage.extensions import extension_files
from warehouse.storage.sql_files import sql_text

EXTENSIONS: Mapping[str, str] = {
    "postgres": "postgres_scanner",
    "mysql": "mysql_scanner",
    "sqlite": "sqlite_scanner",
    "odbc": "odbc_scanner",
}
EXTRA = "sql"
ASKED = "asked"
"""The name under which the database is attached."""
MORE_SECONDS = 5
"""How much longer MySQL may go on with a query; MariaDB 10.11's own message of it arrives empty."""
NUMBERS = ("DECIMAL", "DOUBLE", "FLOAT")


@dataclass(frozen=True)
class Place:
    """A database: its kind, its connection, and the password, '' if none is needed."""

    database: str
    connection: str
    password: str = ""


def attach(con: duckdb.DuckDBPyConnection, place: Place, seconds: int) -> None:
    """Attach the database read-only, in a transaction that sees one state of it where the database has such.

    PostgreSQL ends a query itself after so many seconds, so that none goes on there when nobody waits for it any more;
    MySQL does as `answer` says.
    Raises RegistryError if the extension is not installed, and DuckDB's error if the database cannot be reached.
    """
    for file in extension_files([EXTENSIONS[place.database]], EXTRA):
        con.execute(f"LOAD {sql_text(str(file))}")
    if place.database == "odbc":
        con.execute(f"SET VARIABLE {ASKED} = odbc_connect({sql_text(_odbc(place))})")
        con.execute(f"SELECT odbc_begin_transaction(getvariable('{ASKED}'))").fetchall()  # never committed
        return
    options = [f"TYPE {place.database}", "READ_ONLY"]
    if place.password and place.database != "sqlite":
        con.execute(f"CREATE SECRET {ASKED} (TYPE {place.database}, PASSWORD {sql_text(place.password)})")
        options.append(f"SECRET {ASKED}")
    con.execute(f"ATTACH {sql_text(place.connection)} AS {ASKED} ({', '.join(options)})")
    con.execute("BEGIN TRANSACTION READ ONLY" if place.database == "sqlite" else "BEGIN")
    if place.database == "postgres":  # DuckDB's pg_statement_timeout_millis does not reach postgres_query (1.5.5)
        limit = f"SELECT set_config('statement_timeout', '{seconds * 1000}', true) AS milliseconds"
        con.execute(f"FROM {_call(place, limit)}").fetchall()


def _odbc(place: Place) -> str:
    end = f";PWD={{{place.password.replace('}', '}}')}}}" if place.password else ""
    return place.connection.rstrip("; ") + end


def answer(con: duckdb.DuckDBPyConnection, place: Place, query: str, most_rows: int, seconds: int) -> str:
    """Return SQL of the answer, of which at most one row more than `most_rows` is fetched.

    MySQL ends it after so many seconds, and some more, in which the registry says itself that it took too long.
    PostgreSQL's numbers arrive as text: DuckDB reads a numeric that is NaN or infinite as 0.0. A NaN is empty.
    """
    if place.database == "odbc":
        return f"(FROM odbc_query(getvariable('{ASKED}'), {sql_text(query)}) LIMIT {most_rows + 1})"
    cells = "*"
    if place.database == "postgres":
        described = con.execute(f"DESCRIBE FROM {_call(place, query)}").fetchall()
        cells = ", ".join(_of_postgres(quoted(name), kind) for name, kind, *_ in described)
    select = _timed_select(con, place, seconds + MORE_SECONDS) if place.database == "mysql" else "SELECT"
    return _call(place, f"{select} {cells} FROM (\n{query}\n) AS {ASKED} LIMIT {most_rows + 1}")


def _timed_select(con: duckdb.DuckDBPyConnection, place: Place, seconds: int) -> str:
    """Return how a SELECT begins that ends after so many seconds. MariaDB takes MySQL's hint for a comment."""
    (version,) = con.execute(f"FROM {_call(place, 'SELECT version() AS version')}").fetchall()[0]
    if "MariaDB" in version:
        return f"SET STATEMENT max_statement_time = {seconds} FOR SELECT"
    return f"SELECT /*+ MAX_EXECUTION_TIME({seconds * 1000}) */"


def quoted(name: str) -> str:
    """Return a column's name as SQL has it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def _of_postgres(name: str, kind: str) -> str:
    return f"nullif(CAST({name} AS text), 'NaN') AS {name}" if kind.startswith(NUMBERS) else name


def _call(place: Place, query: str) -> str:
    return f"{place.database}_query('{ASKED}', {sql_text(query)})"
