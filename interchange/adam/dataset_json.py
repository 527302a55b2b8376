"""Writes a dataset as Dataset-JSON 1.1, one record a line; a missing value is null, also where it is a date."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from interchange.adam.variables import STUDY, Dataset, Variable
from interchange.text_lines import write_lines

TYPES: dict[str, dict[str, Any]] = {
    "text": {"dataType": "string"},
    "integer": {"dataType": "integer"},
    "float": {"dataType": "float"},
    "date": {"dataType": "date", "targetDataType": "integer", "displayFormat": "DATE9."},
}
METADATA = "MDV.ADAM"


def write_json(
    con: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    path: Path,
    about: dict[str, Any],
    define: str,
    longest: Mapping[str, int],
) -> int:
    """Write the rows of the table named like the dataset; `about` are the first attributes. Return how many there are.

    `define` is the name of the file that says what the variables are, and `longest` are the bytes of their texts.
    """
    row = con.execute(f"SELECT count(*) FROM {dataset.name}").fetchone()  # noqa: S608 (own names)
    n = int(row[0]) if row else 0
    head = about | {
        "studyOID": STUDY,
        "metaDataVersionOID": METADATA,
        "metaDataRef": define,
        "itemGroupOID": f"IG.{dataset.name}",
        "records": n,
        "name": dataset.name,
        "label": dataset.label,
        "columns": [_column(dataset, one, longest) for one in dataset.variables],
    }
    cells = ", ".join(one.name for one in dataset.variables)
    rows = f"SELECT json_array({cells})::VARCHAR FROM {dataset.name}"  # noqa: S608 (own names)
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(f'{json.dumps(head, ensure_ascii=False)[:-1]}, "rows": [\n')
        write_lines(con, rows, file, ",\n")
        file.write("\n]}\n")
    return n


def _column(dataset: Dataset, variable: Variable, longest: Mapping[str, int]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "itemOID": f"IT.{dataset.name}.{variable.name}",
        "name": variable.name,
        "label": variable.label,
    }
    found |= TYPES[variable.kind]
    if variable.kind == "text":
        found["length"] = longest[variable.name]
    if variable.name in dataset.key:
        found["keySequence"] = dataset.key.index(variable.name) + 1
    return found


def longest_texts(con: duckdb.DuckDBPyConnection, dataset: Dataset) -> dict[str, int]:
    """Return the bytes of the longest text of each variable that holds texts, at least 1."""
    names = [one.name for one in dataset.variables if one.kind == "text"]
    asked = ", ".join(f"max(strlen({name}))" for name in names)
    row = con.execute(f"SELECT {asked} FROM {dataset.name}").fetchone() or ()  # noqa: S608 (own names)
    return {name: max(1, int(found or 0)) for name, found in zip(names, row, strict=True)}
