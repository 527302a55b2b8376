"""Opens a delivery of a Castor source: a table of its export, the export's whole ZIP, or what the API gave."""

from dataclasses import replace
from pathlib import Path

import duckdb

from warehouse.readers.open_file import open_source
from warehouse.readers.reading import Reading
from warehouse.readers.source import Source
from warehouse.sources.castor.api_answers import is_of_api, read_answers
from warehouse.sources.castor.columns import RECORD, own_column
from warehouse.sources.castor.export_zip import read_export_zip
from warehouse.sources.castor.option_groups import read_option_groups
from warehouse.sources.castor.prepare import Castor
from warehouse.sources.castor.zip_members import is_zip_of_tables, tables_of
from warehouse.sources.site_dictionary import checked_text
from warehouse.storage.errors import DeliveryRejected

DELIMITER = ";"
"""Castor's exports have no other; it replaces a semicolon in a text by a hyphen."""


def open_castor(con: duckdb.DuckDBPyConnection, path: Path, reading: Reading) -> Castor:
    """Return the file at `path`, with the option groups that it brings.

    Raises DeliveryRejected if it is no export of Castor's.
    """
    if not is_zip_of_tables(path):
        return Castor(_open_table(con, path, reading), path.name)
    members = tables_of(path)
    own = reading if reading.delimiter else replace(reading, delimiter=DELIMITER)
    return read_answers(con, path, members) if is_of_api(members) else read_export_zip(con, path, members, own)


def _open_table(con: duckdb.DuckDBPyConnection, path: Path, reading: Reading) -> Source:
    """Return a file of one form. It has Castor's delimiter unless someone saved it again."""
    if reading.delimiter is None:
        try:
            source = open_source(con, path, replace(reading, delimiter=DELIMITER))
        except DeliveryRejected:
            return open_source(con, path, reading)
        if RECORD in map(own_column, source.header):
            return source
    return open_source(con, path, reading)


def with_groups(castor: Castor, text: str | None) -> Castor:
    """Return the study with the option groups in the file that site.toml names as dictionary, if there is one.

    Raises RegistryError if it holds no option groups.
    """
    return castor if text is None else replace(castor, groups=read_option_groups([checked_text(text)]))
