"""Opens a file with the reader that its name calls for."""

from dataclasses import replace
from pathlib import Path

import duckdb

from warehouse.readers.csv_text import open_csv
from warehouse.readers.ndjson import open_ndjson
from warehouse.readers.parquet import open_parquet
from warehouse.readers.reading import AS_USUAL, Reading
from warehouse.readers.source import Source
from warehouse.readers.xlsx import xlsx_to_csv
from warehouse.storage.errors import DeliveryRejected

SUFFIXES = (".csv", ".csv.gz", ".parquet", ".xlsx", ".ndjson")


def open_source(con: duckdb.DuckDBPyConnection, path: Path, reading: Reading = AS_USUAL) -> Source:
    """Return a Source for the file. Raises DeliveryRejected if its suffix is not in SUFFIXES or it cannot be read."""
    name = path.name.lower()
    if path.stat().st_size == 0:
        raise DeliveryRejected("The file is empty.")
    if name.endswith((".csv", ".csv.gz")):
        return open_csv(path)
    if name.endswith(".parquet"):
        return open_parquet(con, path)
    if name.endswith(".ndjson"):
        return open_ndjson(con, path)
    if name.endswith(".xlsx"):
        as_csv = path.with_suffix(".csv")
        remark = xlsx_to_csv(path, as_csv)
        return replace(open_csv(as_csv), remark=remark)
    raise DeliveryRejected(f"The file's format is not one of {', '.join(SUFFIXES)}.")
