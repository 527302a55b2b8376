"""Reads the SQL files: each has one SELECT, or the shared terms, below a header of comments."""

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "sql"
SHARED = ("censoring", "clock", "source", "care", "reads")
"""Fields that a second header in a file may leave out; each endpoint says for itself which events end its clock."""
TERM = re.compile(r"CREATE OR REPLACE TEMP MACRO ((\w+)\([\w, ]*\)) AS\s+([^;]+);")

STREAMED, PUT_TOGETHER = "AS NOT MATERIALIZED", "AS MATERIALIZED"


@cache
def _text(name: str) -> str:
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def select_of(name: str) -> str:
    """Return the text of sql/<name>.sql."""
    return _text(name)


def header_of(name: str) -> dict[str, str]:
    """Return the header's fields (title, meaning, definition, ...), each as one line of text."""
    return header_in(_text(name))


def header_in(sql: str) -> dict[str, str]:
    """Return the header's fields of a SQL text; empty if it does not begin with a header."""
    return next(iter(headers_in(sql)), {})


def headers_in(sql: str) -> list[dict[str, str]]:
    """Return all headers at the top of a SQL text: one, or one for each endpoint that its SELECT makes. Each begins
    with `title`; a later one takes a field of SHARED that it lacks from the first.
    """
    found: list[dict[str, str]] = []
    current = ""
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        words = line.removeprefix("--").strip()
        key, colon, rest = words.partition(": ")
        if colon and key.isidentifier():
            if not found or key == "title" and "title" in found[-1]:
                found.append({})
            current, found[-1][key] = key, rest.strip()
        elif current and words:
            found[-1][current] += " " + words
    return [{name: found[0][name] for name in SHARED if name in found[0]} | header for header in found]


def without_terms(sql: str) -> str:
    """Return the SELECT with each shared term replaced by what it means, as a view needs it: readers lack the macros.

    Raises ValueError for a term whose arguments are not its parameters' names.
    """
    terms = TERM.findall(_text("terms"))
    for call, _, meaning in reversed(terms):  # a term may use those before it
        sql = sql.replace(call, f"({meaning})")
    if left := [name for _, name, _ in terms if re.search(rf"\b{name}\(", sql)]:
        raise ValueError(f"A view calls {left[0]} with arguments that are not its parameters' names")
    return sql


def for_clients(statement: str) -> str:
    """Return the statement of a view of the build as a release has it: its rows are put together before any of them is
    handed out; a condition still reaches every part.

    Without this, a client of DuckDB 1.5.5 never came to the first row of a million patients. Counting and grouping, as
    the build does, takes two to six times as long with it; where the build wants the rows themselves, it reads them as
    a relation (derived/numbered_tables.py), which hands out nothing before it is whole.
    """
    return statement.replace(STREAMED, PUT_TOGETHER)


def names_in(folder: str) -> list[str]:
    """Return the names of the files in sql/<folder>/ without their extension, in order."""
    return sorted(path.stem for path in (FOLDER / folder).glob("*.sql"))


def sql_text(value: str) -> str:
    """Return a SQL string literal, for paths and options that DuckDB's table functions do not take as parameters."""
    return "'" + value.replace("'", "''") + "'"
