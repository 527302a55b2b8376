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


def with_declared(con: duckdb.DuckDBPyConnection, file: str, columns: Sequence[Column]) -> set[int]:
    """Return the positions of the columns in which a cell has a value that the file declares missing."""
    asked = [column for column in columns if column.is_missing]
    if not asked:
        return set()
    questions = ", ".join(f"coalesce(bool_or({column.is_missing}), false)" for column in asked)
    row = con.execute(f"SELECT {questions} FROM read_parquet({file})").fetchone() or ()  # noqa: S608 (own names)
    return {column.position for column, is_true in zip(asked, row, strict=True) if is_true}


def _cases(labels: dict[str, str]) -> str:
    return " ".join(f"WHEN {condition} THEN {sql_text(label)}" for condition, label in labels.items())
