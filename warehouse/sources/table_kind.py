"""Reads a source of kind table: any tabular file, with the value labels of a SAS catalogue where there is one."""

from pathlib import Path

import duckdb

from warehouse.readers.open_file import open_source
from warehouse.readers.reading import Reading
from warehouse.readers.source import Source
from warehouse.sources.prepared import Prepared
from warehouse.sources.sas_labels import with_catalogue
from warehouse.sources.site_mapping import Feed


def open_file(con: duckdb.DuckDBPyConnection, path: Path, reading: Reading) -> Source:
    """Return the file as a table. Raises DeliveryRejected if it is none."""
    return open_source(con, path, reading)


def prepare(con: duckdb.DuckDBPyConnection, source: Source, feed: Feed, dictionary: str | None) -> Prepared:
    """Return the table, with the labels of the catalogue. Raises DeliveryRejected if they do not fit each other."""
    return Prepared(with_catalogue(source, feed, dictionary))
