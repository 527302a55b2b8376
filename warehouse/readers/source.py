"""A readable file, whatever its format."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """`relation` is SQL that yields VARCHAR columns c0..cN, in the file's order; `header` names them.

    `line` is SQL of the row's line in the file as it was delivered, the header not counted. `remark` is what should be
    said of how the file was read, in a sentence without values; '' for nothing.
    """

    header: list[str]
    relation: str
    line: str = "row_number() OVER ()"
    remark: str = ""


def sql_text(value: str) -> str:
    """A SQL string literal; for file paths and options, which DuckDB's table functions do not take as parameters."""
    return "'" + value.replace("'", "''") + "'"


def column_names(count: int) -> list[str]:
    """c0, c1, ..."""
    return [f"c{i}" for i in range(count)]
