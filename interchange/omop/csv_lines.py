"""Makes SQL of lines of CSV, for tables of so many rows that writing cell by cell costs more than the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from warehouse.storage.sql_files import sql_text


class Constant(str):
    """A cell that is the same in every line, as text; all other cells are SQL."""

    def __new__(cls, value: object) -> Constant:
        """Return the cell of a value."""
        return super().__new__(cls, str(value))


def pieces_of(columns: Sequence[str], cells: Mapping[str, str], before: str = "", after: str = "\n") -> list[str]:
    """Return SQL of the pieces of a line, or of a part of one, with texts before and after it; concat() makes it one.

    A column without a cell is empty, as is one whose SQL gives null.

    >>> pieces_of(("id", "kind", "day"), {"id": "t.id", "kind": Constant(7)})
    ['t.id', "',7,\\n'"]
    """
    pieces, text = list[str](), before
    for number, name in enumerate(columns):
        text += "," if number else ""
        found = cells.get(name, Constant(""))
        if isinstance(found, Constant):
            text += found
            continue
        pieces += [sql_text(text), found] if text else [found]
        text = ""
    text += after
    return [*pieces, sql_text(text)] if text else pieces


def concat(pieces: Sequence[str]) -> str:
    """Return SQL of the pieces as one text."""
    return f"concat({', '.join(pieces)})"


def cell(sql: str) -> str:
    """Return SQL of a text as a cell, in quotes where it holds what CSV would take for its own.

    Four searches for a letter take half as long as one for a pattern.
    """
    quoted = f"""concat('"', replace({sql}, '"', '""'), '"')"""
    holds = " OR ".join(f"contains({sql}, {letter})" for letter in ("','", "'\"'", "chr(10)", "chr(13)"))
    return f"CASE WHEN {holds} THEN {quoted} ELSE {sql} END"
