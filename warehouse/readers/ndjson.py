"""Reads NDJSON, one JSON object per line; the header is the union of the objects' names."""

import codecs
import shutil
from pathlib import Path

import duckdb

from warehouse.readers.bounds import MAX_CELL_BYTES, check_header
from warehouse.readers.record_counts import json_lines
from warehouse.readers.source import Source
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.sql_files import sql_text


def open_ndjson(con: duckdb.DuckDBPyConnection, path: Path) -> Source:
    """Return a Source for the NDJSON at `path`. Raises DeliveryRejected if a line is not a JSON object."""
    path = without_mark(path)
    n_records = json_lines(path)
    table = f"read_ndjson_objects({sql_text(str(path))}, maximum_object_size = {MAX_CELL_BYTES})"
    try:
        names = con.execute(
            f"SELECT DISTINCT unnest(json_keys(json)) AS name FROM {table} ORDER BY name"  # noqa: S608 (own path)
        ).fetchall()
        objects = con.execute(f"SELECT bool_and(json_type(json) = 'OBJECT') FROM {table}").fetchone()  # noqa: S608
        twice = con.execute(
            f"SELECT min(line) FROM (SELECT row_number() OVER () AS line, json_keys(json) AS names FROM {table}) "  # noqa: S608
            "WHERE len(names) <> len(list_distinct(names))"
        ).fetchone()
    except duckdb.Error:
        raise DeliveryRejected("The file is not newline-delimited JSON.") from None
    if objects is None or objects[0] is None:
        raise DeliveryRejected("The file is empty.")
    if not objects[0]:
        raise DeliveryRejected("A line of the file is not a JSON object.")
    if twice and twice[0] is not None:
        raise DeliveryRejected(
            f"Object {twice[0]:,} of the file has the same name twice.", "Use each name once within an object."
        )
    header = [name for (name,) in names]
    check_header(header)
    cells = ", ".join(f"{_as_text(name)} AS c{i}" for i, name in enumerate(header))
    relation = f"(SELECT {cells} FROM {table})"  # noqa: S608 (names quoted)
    return Source(header, relation, n_records=n_records, nested=_nested(con, table, header), is_typed=True)


def _nested(con: duckdb.DuckDBPyConnection, table: str, header: list[str]) -> list[str]:
    """Return the names under which an object holds a list or another object."""
    if not header:
        return []
    any_nested = ", ".join(f"bool_or(json_type(json, {_pointer(name)}) IN ('ARRAY', 'OBJECT'))" for name in header)
    row = con.execute(f"SELECT {any_nested} FROM {table}").fetchone()  # noqa: S608 (names quoted)
    return [name for name, is_nested in zip(header, row or [], strict=True) if is_nested]


def without_mark(path: Path) -> Path:
    """Return the file, or a copy beside it without the byte order mark if it begins with one."""
    with open(path, "rb") as file:
        if file.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
            return path
        copy = path.with_name(f"plain-{path.name}")
        with open(copy, "wb") as plain:
            shutil.copyfileobj(file, plain)
    return copy


def _pointer(name: str) -> str:
    return sql_text("/" + name.replace("~", "~0").replace("/", "~1"))


def _as_text(name: str) -> str:
    path = _pointer(name)
    return (
        f"CASE json_type(json, {path}) WHEN 'BOOLEAN' "
        f"THEN CASE json_extract_string(json, {path}) WHEN 'true' THEN 'yes' ELSE 'no' END "
        f"WHEN 'DOUBLE' THEN regexp_replace(json_extract_string(json, {path}), '[.]0$', '') "
        f"ELSE json_extract_string(json, {path}) END"
    )
