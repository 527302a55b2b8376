"""Parquet: typed cells become the text that a CSV would hold."""

from pathlib import Path

import duckdb

from warehouse.errors import DeliveryRejected
from warehouse.readers.bounds import check_cells, check_header
from warehouse.readers.source import Source, sql_text


def open_parquet(con: duckdb.DuckDBPyConnection, path: Path) -> Source:
    """A Source of the Parquet file at `path`; DeliveryRejected where it is none."""
    table = f"read_parquet({sql_text(str(path))})"
    try:
        described = con.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()  # noqa: S608 (own path, quoted)
    except duckdb.Error:
        raise DeliveryRejected("The file is not a whole Parquet file.") from None
    header = [name for name, *_ in described]
    check_header(header)
    cells = ", ".join(f"{as_text(_quoted(name), kind)} AS c{i}" for i, (name, kind, *_) in enumerate(described))
    relation = f"(SELECT {cells} FROM {table})"  # noqa: S608 (identifiers quoted)
    try:
        check_cells(con, relation, len(header), path.stat().st_size)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        raise DeliveryRejected("The file cannot be read as a table.") from None
    return Source(header, relation, n_records=_n_rows(path))


def _n_rows(path: Path) -> int:
    """The rows that the file says it has, by another reader than the one that reads them."""
    from pyarrow.parquet import read_metadata

    try:
        return read_metadata(path).num_rows
    except Exception:  # a damaged footer fails with errors of many kinds
        raise DeliveryRejected("The file is not a whole Parquet file.") from None


def as_text(cell: str, kind: str) -> str:
    """SQL that turns a typed cell into a CSV's text: ISO dates, yes/no, whole numbers without a point."""
    if kind == "TIMESTAMP WITH TIME ZONE":
        return as_text(f"({cell} AT TIME ZONE 'UTC')", "TIMESTAMP")  # else the machine's time zone decides
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
    if kind == "BLOB":  # text of a writer that did not say that it is text
        return f"coalesce(TRY(decode({cell})), CAST({cell} AS VARCHAR))"
    return f"CAST({cell} AS VARCHAR)"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
