"""Reads Parquet: typed cells become the text that a CSV would contain.

A time with a zone is the local time that its writer meant: Parquet stores it in UTC, and the zone beside it.
"""

import re
from pathlib import Path

import duckdb

from warehouse.readers.bounds import check_cells, check_header
from warehouse.readers.source import Source
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.sql_files import sql_text

OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})")


def open_parquet(con: duckdb.DuckDBPyConnection, path: Path) -> Source:
    """Return a Source for the Parquet file at `path`. Raises DeliveryRejected if it is not one."""
    table = f"read_parquet({sql_text(str(path))})"
    try:
        described = con.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()  # noqa: S608 (own path, quoted)
    except duckdb.Error:
        raise DeliveryRejected("The file is not a valid Parquet file.") from None
    n_rows, header, zones = _footer(path)
    if len(header) != len(described):
        raise DeliveryRejected("The file is not a valid Parquet file.")
    check_header(header)
    cells = ", ".join(
        f"{_text_of(con, _quoted(name), kind, zone)} AS c{i}"
        for i, ((name, kind, *_), zone) in enumerate(zip(described, zones, strict=True))
    )
    relation = f"(SELECT {cells} FROM {table})"  # noqa: S608 (identifiers quoted)
    try:
        check_cells(con, relation, len(header), path.stat().st_size)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        raise DeliveryRejected("The file cannot be read as a table.") from None
    nested = [name for name, (_, kind, *_) in zip(header, described, strict=True) if is_nested(kind)]
    return Source(header, relation, n_records=n_rows, nested=nested, is_typed=True)


def is_nested(kind: str) -> bool:
    """Return whether a cell of that type holds several values."""
    return kind.startswith(("STRUCT", "MAP", "UNION")) or kind.endswith("]")


def _footer(path: Path) -> tuple[int, list[str], list[str | None]]:
    """Return the number of rows, the columns' own names, and their time zones, according to the file's footer.

    The footer is read by another library than the rows; DuckDB renames a column that occurs twice or has no name.
    """
    from pyarrow.parquet import read_metadata

    try:
        metadata = read_metadata(path)
        schema = metadata.schema.to_arrow_schema()
        return metadata.num_rows, schema.names, [getattr(column.type, "tz", None) for column in schema]
    except Exception:  # a damaged footer fails with errors of many kinds
        raise DeliveryRejected("The file is not a valid Parquet file.") from None


def _text_of(con: duckdb.DuckDBPyConnection, cell: str, kind: str, zone: str | None) -> str:
    """Return SQL of a cell's text; a time with a zone is that of the zone that the file names, UTC if it is unknown."""
    if kind != "TIMESTAMP WITH TIME ZONE":
        return as_text(cell, kind)
    return as_text(_in_zone(con, cell, zone or "UTC"), "TIMESTAMP")


def _in_zone(con: duckdb.DuckDBPyConnection, cell: str, zone: str) -> str:
    if offset := OFFSET.fullmatch(zone):
        minutes = int(f"{offset[1]}1") * (60 * int(offset[2]) + int(offset[3]))
        return f"({cell} AT TIME ZONE 'UTC' + INTERVAL ({minutes}) MINUTE)"
    known = con.execute(f"SELECT 1 FROM pg_timezone_names() WHERE name = {sql_text(zone)}").fetchone()  # noqa: S608
    return f"({cell} AT TIME ZONE {sql_text(zone if known else 'UTC')})"


def as_text(cell: str, kind: str) -> str:
    """Return SQL that turns a typed cell into the text of a CSV: ISO dates, yes/no, whole numbers without a point."""
    if kind.startswith("TIMESTAMP"):
        return (
            f"CASE WHEN CAST({cell} AS DATE) = {cell} THEN CAST(CAST({cell} AS DATE) AS VARCHAR) "
            f"ELSE CAST({cell} AS VARCHAR) END"
        )
    if kind == "BOOLEAN":
        return f"CASE {cell} WHEN true THEN 'yes' WHEN false THEN 'no' END"
    if kind in ("DOUBLE", "FLOAT"):
        return (
            f"CASE WHEN isnan({cell}) THEN NULL WHEN {cell} = floor({cell}) AND abs({cell}) < 1e38 "
            f"THEN CAST(CAST({cell} AS HUGEINT) AS VARCHAR) ELSE CAST({cell} AS VARCHAR) END"
        )
    if kind.startswith("DECIMAL") and not kind.endswith(",0)"):
        return f"rtrim(rtrim(CAST({cell} AS VARCHAR), '0'), '.')"
    if kind == "BLOB":  # text that the writer did not mark as text
        return f"coalesce(TRY(decode({cell})), CAST({cell} AS VARCHAR))"
    return f"CAST({cell} AS VARCHAR)"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
