"""Reading the SQL files: one SELECT each, opened by a header of comments.

What belongs here: finding and splitting them. What does not: running them (derive.py), reading their lineage
(table_lineage.py).
"""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "sql"


@cache
def _text(name: str) -> str:
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def select_of(name: str) -> str:
    """The SELECT of sql/<name>.sql."""
    return _text(name)


def header_of(name: str) -> dict[str, str]:
    """The header's fields (title, meaning, definition, ...), each as one line of text."""
    return header_in(_text(name))


def header_in(sql: str) -> dict[str, str]:
    """As header_of, of a text; empty where it does not open with one."""
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
    """The files below sql/<folder>/, without their ending, in order."""
    return sorted(path.stem for path in (FOLDER / folder).glob("*.sql"))


def sql_text(value: str) -> str:
    """A SQL string literal; for file paths and options, which DuckDB's table functions do not take as parameters."""
    return "'" + value.replace("'", "''") + "'"
