"""Makes SQL of a line of CSV, for tables of so many rows that writing cell by cell costs more than the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from warehouse.storage.sql_files import sql_text


class Constant(str):
    """A cell that is the same in every line, as text; all other cells are SQL."""

    def __new__(cls, value: object) -> Constant:
        """Return the cell of a value."""
        return super().__new__(cls, str(value))


def line_of(columns: Sequence[str], cells: Mapping[str, str]) -> str:
    """Return SQL of the line with its end; a column without a cell is empty, as is one whose SQL gives null.

    >>> line_of(("id", "kind", "day"), {"id": "t.id", "kind": Constant(7)})
    "concat(t.id, ',7,\\n')"
    """
    pieces, text = list[str](), ""
    for number, name in enumerate(columns):
        text += "," if number else ""
        found = cells.get(name, Constant(""))
        if isinstance(found, Constant):
            text += found
            continue
        pieces += [sql_text(text), found] if text else [found]
        text = ""
    return f"concat({', '.join([*pieces, sql_text(text + chr(10))])})"


def cell(sql: str) -> str:
    """Return SQL of a text as a cell, in quotes where it holds what CSV would take for its own."""
    quoted = f"""concat('"', replace({sql}, '"', '""'), '"')"""
    return f"""CASE WHEN regexp_matches({sql}, '[,"\\r\\n]') THEN {quoted} ELSE {sql} END"""
