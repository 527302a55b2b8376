"""Writes a dataset as Dataset-JSON 1.1, one record a line; a missing value is null, also where it is a date."""

from __future__ import annotations

import json
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


def write_json(con: duckdb.DuckDBPyConnection, dataset: Dataset, path: Path, about: dict[str, Any], define: str) -> int:
    """Write the rows of the table named like the dataset; `about` are the first attributes. Return how many there are.

    `define` is the name of the file that says what the variables are.
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
        "columns": [_column(con, dataset, one) for one in dataset.variables],
    }
    cells = ", ".join(one.name for one in dataset.variables)
    rows = f"SELECT json_array({cells})::VARCHAR FROM {dataset.name}"  # noqa: S608 (own names)
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(f'{json.dumps(head, ensure_ascii=False)[:-1]}, "rows": [\n')
        write_lines(con, rows, file, ",\n")
        file.write("\n]}\n")
    return n


def _column(con: duckdb.DuckDBPyConnection, dataset: Dataset, variable: Variable) -> dict[str, Any]:
    found: dict[str, Any] = {
        "itemOID": f"IT.{dataset.name}.{variable.name}",
        "name": variable.name,
        "label": variable.label,
    }
    found |= TYPES[variable.kind]
    if variable.kind == "text":
        found["length"] = longest(con, dataset, variable)
    if variable.name in dataset.key:
        found["keySequence"] = dataset.key.index(variable.name) + 1
    return found


def longest(con: duckdb.DuckDBPyConnection, dataset: Dataset, variable: Variable) -> int:
    """Return the bytes of the variable's longest text, at least 1."""
    row = con.execute(f"SELECT max(strlen({variable.name})) FROM {dataset.name}").fetchone()  # noqa: S608 (own names)
    return max(1, int((row and row[0]) or 0))
