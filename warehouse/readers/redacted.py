"""Writes and reads what is kept of a file from which rows were erased: cells as text, and each row's original line.

The form is Parquet with the columns line, c0, c1, ...; the header as delivered is in its metadata, since its names may
repeat. It is the same for every format, so that a row of another patient reads the same before and after, to the last
cell.
"""

import json
from pathlib import Path

import duckdb

from warehouse.readers.source import Source, column_names
from warehouse.storage.sql_files import sql_text

HEADER = "header"
FORM = f"(FORMAT parquet, COMPRESSION uncompressed, KV_METADATA {{{{{HEADER}: {{}}}}}})"  # the archive compresses


def write_kept(con: duckdb.DuckDBPyConnection, source: Source, where: str, target: Path) -> None:
    """Write the rows of `source` for which `where` (SQL on c0, c1, ...) is true to `target`. Raises duckdb.Error."""
    cells = ", ".join(column_names(len(source.header)))
    rows = f"SELECT * FROM (SELECT {source.line} AS line, {cells} FROM {source.relation}) WHERE {where}"  # noqa: S608
    header = sql_text(json.dumps(source.header))
    con.execute(f"COPY ({rows}) TO {sql_text(str(target))} {FORM.format(header)}")


def open_kept(con: duckdb.DuckDBPyConnection, path: Path) -> Source:
    """Return a Source for what write_kept wrote, whatever the file is called."""
    file = sql_text(str(path))
    row = con.execute(
        f"SELECT decode(value) FROM parquet_kv_metadata({file}) WHERE decode(key) = '{HEADER}'"  # noqa: S608 (own path)
    ).fetchone()
    assert row is not None
    return Source(json.loads(row[0]), f"read_parquet({file})", "line")
