"""Reads a source of kind castor: an export of a study, or what its API gave."""

from dataclasses import replace
from pathlib import Path

import duckdb

from warehouse.readers.reading import Reading
from warehouse.readers.source import Source
from warehouse.sources.castor.opening import open_castor, with_groups
from warehouse.sources.castor.prepare import prepare as prepare_study
from warehouse.sources.castor.stored_study import as_text, from_text
from warehouse.sources.named_dictionary import named_dictionary
from warehouse.sources.prepared import Prepared
from warehouse.sources.site_mapping import Feed


def open_file(con: duckdb.DuckDBPyConnection, path: Path, reading: Reading) -> Source:
    """Return the export as a table. Raises DeliveryRejected if it is none."""
    castor = open_castor(con, path, reading)
    return replace(castor.source, about=as_text(castor))


def prepare(con: duckdb.DuckDBPyConnection, source: Source, feed: Feed, dictionary: str | None) -> Prepared:
    """Return the rows of the form; `dictionary` holds option groups. Raises DeliveryRejected if they do not fit."""
    with named_dictionary(feed):
        castor = with_groups(from_text(source, source.about), dictionary)
    return prepare_study(con, castor, feed)
