"""Reads Parquet: typed cells become the text that a CSV would contain."""

from pathlib import Path

import duckdb

from warehouse.readers.bounds import check_cells, check_header
from warehouse.readers.source import Source
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.sql_files import sql_text


def open_parquet(con: duckdb.DuckDBPyConnection, path: Path) -> Source:
    """Return a Source for the Parquet file at `path`. Raises DeliveryRejected if it is not one."""
    table = f"read_parquet({sql_text(str(path))})"
    try:
        described = con.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()  # noqa: S608 (own path, quoted)
    except duckdb.Error:
        raise DeliveryRejected("The file is not a valid Parquet file.") from None
    n_rows, header = _footer(path)
    if len(header) != len(described):
        raise DeliveryRejected("The file is not a valid Parquet file.")
    check_header(header)
    cells = ", ".join(f"{as_text(_quoted(name), kind)} AS c{i}" for i, (name, kind, *_) in enumerate(described))
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


def _footer(path: Path) -> tuple[int, list[str]]:
    """Return the number of rows and the columns' own names, according to the file's footer.

    The footer is read by another library than the rows; DuckDB renames a column that occurs twice or has no name.
    """
    from pyarrow.parquet import read_metadata

    try:
        metadata = read_metadata(path)
        return metadata.num_rows, metadata.schema.to_arrow_schema().names
    except Exception:  # a damaged footer fails with errors of many kinds
        raise DeliveryRejected("The file is not a valid Parquet file.") from None


def as_text(cell: str, kind: str) -> str:
    """Return SQL that turns a typed cell into the text of a CSV: ISO dates, yes/no, whole numbers without a point."""
    if kind == "TIMESTAMP WITH TIME ZONE":
        return as_text(f"({cell} AT TIME ZONE 'UTC')", "TIMESTAMP")  # otherwise the machine's time zone would decide
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
