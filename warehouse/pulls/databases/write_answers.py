"""Writes the answers of a database as files; equal answers are equal bytes, in whatever order the rows came."""

import threading

import duckdb

from warehouse.pulls.databases.ask import Questions
from warehouse.pulls.databases.reach import answer, attach, quoted
from warehouse.pulls.databases.words import in_words
from warehouse.readers.near_names import shown, shown_list
from warehouse.storage.connection import private_files, settings
from warehouse.storage.errors import RegistryError
from warehouse.storage.sql_files import sql_text

ROWS = "answer"
ZONED = ("TIMESTAMP WITH TIME ZONE", "TIME WITH TIME ZONE")


def write_answers(questions: Questions) -> dict[str, int]:
    """Write the answer to each query, and return how many rows each has. Raises RegistryError if one cannot be had."""
    with private_files():
        con = duckdb.connect(config=settings(questions.folder) | {"threads": 1})
        con.execute("SET enable_progress_bar = false")
        timer = threading.Timer(questions.seconds, con.interrupt)
        timer.daemon = True
        timer.start()
        try:
            _attach(con, questions)
            return {export: _write(con, questions, export) for export in questions.queries}
        finally:
            timer.cancel()


def _attach(con: duckdb.DuckDBPyConnection, questions: Questions) -> None:
    try:
        attach(con, questions.place, questions.seconds)
    except (duckdb.Error, RuntimeError) as error:
        raise in_words(error, "the connection", questions.password_in) from None


def _write(con: duckdb.DuckDBPyConnection, questions: Questions, export: str) -> int:
    what = f"The query of {export}"
    try:
        rows = answer(con, questions.place, questions.queries[export], questions.most_rows, questions.seconds)
        con.execute(f"CREATE OR REPLACE TEMP TABLE {ROWS} AS FROM {rows}")
        found = con.execute(f"SELECT count(*) FROM {ROWS}").fetchone()  # noqa: S608 (own name)
        n_rows = int(found[0]) if found else 0
        if n_rows > questions.most_rows:
            raise RegistryError(
                f"{what} gives more than {questions.most_rows:,} rows.",
                "Let it ask for less, or raise most_rows of the source.",
            )
        described = con.execute(f"DESCRIBE {ROWS}").fetchall()
        cells = ", ".join(_cell(con, name, kind) for name, kind, *_ in described)
        _check(what, [name for name, *_ in described], [name for name, kind, *_ in described if kind in ZONED])
        target = sql_text(str(questions.file(export)))
        con.execute(f"COPY (SELECT {cells} FROM {ROWS} ORDER BY ALL) TO {target} (FORMAT parquet, COMPRESSION zstd)")  # noqa: S608
    except (duckdb.Error, RuntimeError) as error:  # a RuntimeError: interrupted
        raise in_words(error, what, questions.password_in) from None
    return n_rows


def _check(what: str, names: list[str], zoned: list[str]) -> None:
    """Raise RegistryError if a name is used twice, or a time has a zone, so that its day depends on who reads it."""
    if zoned:
        raise RegistryError(
            f"{what} gives times with a time zone, whose day depends on the zone: {shown_list(zoned)}.",
            f"Say which day is meant, as in CAST({shown(zoned[0])} AT TIME ZONE 'Europe/Berlin' AS date).",
        )
    lower = [name.lower() for name in names]
    if twice := sorted({name for name in lower if lower.count(name) > 1}):
        raise RegistryError(f"{what} gives the column {shown(twice[0])} twice.", "Give each a name of its own with AS.")


def _cell(con: duckdb.DuckDBPyConnection, name: str, kind: str) -> str:
    """Return SQL of a column. One with an infinite date is text: a reader would take 9999-12-31 for a date."""
    cell = quoted(name)
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        found = con.execute(f"SELECT count(*) FROM {ROWS} WHERE isinf({cell})").fetchone()  # noqa: S608 (quoted)
        if found and found[0]:
            return f"CAST({cell} AS VARCHAR) AS {cell}"
    return cell
