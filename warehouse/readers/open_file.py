"""Opens a file with the reader of its format (formats.py)."""

from dataclasses import replace
from pathlib import Path

import duckdb

from warehouse.readers import copies
from warehouse.readers.csv_text import open_csv, open_table
from warehouse.readers.formats import SUFFIXES as FORMAT_BY_SUFFIX
from warehouse.readers.formats import Format, format_of
from warehouse.readers.gzipped import unpack
from warehouse.readers.ndjson import open_ndjson
from warehouse.readers.parquet import open_parquet
from warehouse.readers.reading import AS_USUAL, Reading
from warehouse.readers.sheet_text import sheet_to_csv
from warehouse.readers.source import Source
from warehouse.storage.errors import DeliveryRejected

SUFFIXES = tuple(FORMAT_BY_SUFFIX)


def open_source(con: duckdb.DuckDBPyConnection, path: Path, reading: Reading = AS_USUAL) -> Source:
    """Return a Source for the file, whose format its bytes decide. Copies are written beside it.

    A row's `line` counts the rows below the header from 1, whatever is above it and whatever the format. Raises
    DeliveryRejected if the registry does not read the format, or the file cannot be read as `reading` says.
    """
    kind = format_of(path)
    if kind == "gzip":
        path = unpack(path)
        kind = format_of(path)
    return _open(con, path, kind, reading)


def _open(con: duckdb.DuckDBPyConnection, path: Path, kind: Format, reading: Reading) -> Source:
    if kind == "csv":
        return open_csv(path, reading)
    if kind == "parquet":
        return open_parquet(con, path)
    if kind == "ndjson":
        return open_ndjson(con, path)
    if kind == "statistics":
        from warehouse.readers.statistics import open_statistics

        encoding = None if reading.encoding == AS_USUAL.encoding else reading.encoding
        return open_statistics(con, path, encoding)
    if kind == "gzip":
        raise DeliveryRejected("The file is packed with gzip twice.", "Unpack it once and deliver it again.")
    target = copies.of_sheet(path, reading)
    text = sheet_to_csv(path, target, kind, reading)
    source = open_table(target, ",", text.remark, text.header_row)
    return replace(source, dates=text.dates, is_typed=True, delimiter="", sheet=text.sheet)
