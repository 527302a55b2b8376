"""Reads a source of kind redcap: a CSV export of a project, or the project's XML, which holds its data dictionary."""

from dataclasses import replace
from pathlib import Path

import duckdb

from warehouse.readers.open_file import open_source
from warehouse.readers.reading import Reading
from warehouse.readers.source import Source
from warehouse.sources.named_dictionary import named_dictionary
from warehouse.sources.prepared import Prepared
from warehouse.sources.redcap_flat import prepare as prepare_flat
from warehouse.sources.redcap_odm import dictionary_of, is_odm, odm_to_flat
from warehouse.sources.site_dictionary import read_project_dictionary
from warehouse.sources.site_mapping import Feed
from warehouse.sources.stored_dictionary import as_text, from_text


def open_file(con: duckdb.DuckDBPyConnection, path: Path, reading: Reading) -> Source:
    """Return the export as a table. Raises DeliveryRejected if it is none."""
    if not is_odm(path):
        return open_source(con, path, reading)
    flat = path.with_name("flat.csv")
    odm_to_flat(path, flat)
    about = as_text(dictionary_of(path))
    remark = "Read from the project's XML."
    return replace(open_source(con, flat), remark=remark, about=about, header_row=None, encoding="")


def prepare(con: duckdb.DuckDBPyConnection, source: Source, feed: Feed, dictionary: str | None) -> Prepared:
    """Return the rows of the instrument. Raises DeliveryRejected if export, mapping and dictionary do not fit."""
    if source.about:
        return prepare_flat(con, source, feed, from_text(source.about))
    with named_dictionary(feed):
        project = read_project_dictionary(dictionary) if dictionary is not None else None
    return prepare_flat(con, source, feed, project)
