"""Writes cells in SQL, those with a missing value as empty, and the reasons of these as text."""

from collections.abc import Sequence

import duckdb

from warehouse.readers.statistics.columns import Column
from warehouse.storage.sql_files import sql_text


def cell_of(column: Column) -> str:
    """Return SQL of the cell's text: null if it is empty or a missing value."""
    text = column.text_of(column.cell)
    return f"CASE WHEN {column.is_missing} THEN NULL ELSE {text} END" if column.is_missing else text


def reason_of(column: Column, is_tagged: bool) -> str:
    """Return SQL of the reason why a cell is missing: the label of its code, or the code, as 9 or .a; else null."""
    if is_tagged:
        tag = f"t{column.position}"
        labels = {f"{tag} = {sql_text(code)}": label for code, label in column.codes.items() if isinstance(code, str)}
        return f"CASE {_cases(labels)} WHEN {tag} IS NOT NULL THEN '.' || {tag} END"
    labels = {column.lies_within(code, code): label for code, label in column.missing_codes.items()}
    return f"CASE {_cases(labels)} WHEN {column.is_missing} THEN {column.text_of(column.cell)} END"


def look_through(
    con: duckdb.DuckDBPyConnection, file: str, columns: Sequence[Column], tagged: set[int]
) -> tuple[set[int], list[str]]:
    """Return the positions of columns with reasons, and the names of those with numbers too large for their type."""
    asked = [(column, "missing", column.is_missing) for column in columns if column.is_missing]
    asked += [(column, "large", column.too_large) for column in columns if column.too_large]
    if not asked:
        return set(tagged), []
    questions = ", ".join(f"coalesce(bool_or({condition}), false)" for _, _, condition in asked)
    row = con.execute(f"SELECT {questions} FROM read_parquet({file})").fetchone() or ()  # noqa: S608 (own names)
    true = [(column, what) for (column, what, _), is_true in zip(asked, row, strict=True) if is_true]
    has_reason = {column.position for column, what in true if what == "missing"}
    return has_reason | tagged, [column.name for column, what in true if what == "large"]


def _cases(labels: dict[str, str]) -> str:
    return " ".join(f"WHEN {condition} THEN {sql_text(label)}" for condition, label in labels.items())
