"""Reading the SQL files: one SELECT each, opened by a header of comments.

What belongs here: finding and splitting them. What does not: running them (derive.py), reading their lineage
(table_lineage.py).
"""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "sql"
SHARED = ("censoring", "clock", "source", "care", "reads")
"""Fields of a header that endpoints made by one SELECT may have in common. What ends a clock each says for itself."""


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
    return next(iter(headers_in(sql)), {})


def headers_in(sql: str) -> list[dict[str, str]]:
    """All headers that a text opens with: one, or one for each endpoint that its SELECT makes. Each begins with
    `title`; a field of SHARED that a later one leaves out is as in the first.
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


def names_in(folder: str) -> list[str]:
    """The files below sql/<folder>/, without their ending, in order."""
    return sorted(path.stem for path in (FOLDER / folder).glob("*.sql"))


def sql_text(value: str) -> str:
    """A SQL string literal; for file paths and options, which DuckDB's table functions do not take as parameters."""
    return "'" + value.replace("'", "''") + "'"
