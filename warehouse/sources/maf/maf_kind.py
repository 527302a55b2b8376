"""Reads sources of kind `maf`: one table of variant calls of several samples. See kinds.py."""

from dataclasses import replace
from pathlib import Path

import duckdb

from warehouse.readers.csv_text import open_csv
from warehouse.readers.gzipped import unpack
from warehouse.readers.open_file import open_source
from warehouse.readers.reading import Reading
from warehouse.readers.source import Source
from warehouse.sources.molecular.calls_of_samples import counted, prepare_samples
from warehouse.sources.molecular.comment_lines import n_comment_lines
from warehouse.sources.molecular.lfs_pointers import refuse_pointer
from warehouse.sources.molecular.other_tables import refuse_commented_header
from warehouse.sources.molecular.whole_rows import open_tabbed
from warehouse.sources.prepared import Prepared
from warehouse.sources.site_mapping import Feed

GZIP, ZIP, PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"PAR1"


def open_file(con: duckdb.DuckDBPyConnection, path: Path, reading: Reading) -> Source:
    """Return the file at `path`, whose header is the first line that is no comment. Tabs part the cells by default."""
    refuse_pointer(path)
    with open(path, "rb") as file:
        start = file.read(len(ZIP))
    if start.startswith(GZIP):
        path = unpack(path)
    elif start in (ZIP, PARQUET):
        return counted(con, open_source(con, path, reading))
    refuse_commented_header(path)
    own = reading if reading.header_row > 1 else replace(reading, header_row=n_comment_lines(path) + 1)
    if own.delimiter in (None, "\t"):
        tabbed = open_tabbed(path, own)
        if len(tabbed.header) > 1:
            return counted(con, tabbed)
    return counted(con, open_csv(path, own))


def prepare(con: duckdb.DuckDBPyConnection, source: Source, feed: Feed, dictionary: str | None) -> Prepared:
    """Return the calls as the genotypes export has them, or the table as it is for another export."""
    if feed.export != "genotypes":
        return Prepared(source)
    return prepare_samples(con, source, feed, dictionary)
