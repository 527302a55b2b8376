"""Reads the SQL files: each has one SELECT, or the shared terms, below a header of comments."""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "sql"


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
    fields: dict[str, str] = {}
    current = ""
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        words = line.removeprefix("--").strip()
        key, colon, rest = words.partition(": ")
        if colon and key.isidentifier():
            current, fields[key] = key, rest.strip()
        elif current:
            fields[current] += " " + words
    return fields


def names_in(folder: str) -> list[str]:
    """Return the names of the files in sql/<folder>/ without their extension, in order."""
    return sorted(path.stem for path in (FOLDER / folder).glob("*.sql"))


def sql_text(value: str) -> str:
    """Return a SQL string literal, for paths and options that DuckDB's table functions do not take as parameters."""
    return "'" + value.replace("'", "''") + "'"
