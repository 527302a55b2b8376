"""Reads a source of kind fhir: FHIR R4 of mCODE or genomics reporting, as bundles, NDJSON or single resources."""

from dataclasses import replace
from pathlib import Path

import duckdb

from schemas.exports import EXPORTS
from warehouse.readers.near_names import nearest, shown
from warehouse.readers.reading import Reading
from warehouse.readers.source import Source
from warehouse.sources.fhir.elements import RESOURCES
from warehouse.sources.fhir.flat import CANONICAL, INSTRUMENT, RESOURCE, STATE, open_flat
from warehouse.sources.fhir.kept import ENTERED_IN_ERROR, NO_STATUS, NOT_FINAL, OLDER
from warehouse.sources.named_columns import named_columns
from warehouse.sources.prepared import ANOTHER_INSTRUMENT, Condition, Prepared
from warehouse.sources.site_mapping import Feed
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.sql_files import sql_text


def open_file(con: duckdb.DuckDBPyConnection, path: Path, reading: Reading) -> Source:
    """Return the file's resources as one table. Raises DeliveryRejected if it is no FHIR R4."""
    return open_flat(con, path)


def prepare(con: duckdb.DuckDBPyConnection, source: Source, feed: Feed, dictionary: str | None) -> Prepared:
    """Return the rows under the names that the feed reads; a column that none of the export's rows has is not there.

    Raises DeliveryRejected if site.toml names an instrument that FHIR does not have.
    """
    place = {name: i for i, name in enumerate(source.header)}
    is_of = _is_of_instrument(feed, place)
    export = EXPORTS[feed.export]
    written = {name.casefold() for name in named_columns(feed).all_written}
    needed = {column.name for column in export.columns if column.required}
    counts = con.execute(
        f"SELECT {', '.join(f'count(c{i})' for i in range(len(source.header)))} FROM {source.relation} WHERE {is_of}"  # noqa: S608
    ).fetchone() or (0,) * len(source.header)
    kept = [
        name
        for name in source.header
        if name.casefold() in written
        or (name not in CANONICAL and not name.startswith("identifier "))
        or (name in export.column_names and (name in needed or counts[place[name]]))
    ]
    columns = ", ".join(f"c{place[name]} AS c{i}" for i, name in enumerate(kept))
    state = f"c{kept.index(STATE)}"
    of_instrument = _is_of_instrument(feed, {name: i for i, name in enumerate(kept)})
    conditions = [Condition(ANOTHER_INSTRUMENT, of_instrument)]
    for reason in (ENTERED_IN_ERROR, NOT_FINAL, NO_STATUS, OLDER):
        is_met = f"coalesce({state} <> {sql_text(reason)}, true)"
        conditions.append(Condition(reason, is_met, withdraws=reason == ENTERED_IN_ERROR))
    relation = f"(SELECT {source.line} AS file_line, {columns} FROM {source.relation})"  # noqa: S608 (own names)
    return Prepared(replace(source, header=kept, relation=relation, line="file_line"), tuple(conditions))


def _is_of_instrument(feed: Feed, place: dict[str, int]) -> str:
    """Return SQL, true or false: the row is of the export, or of the resource that site.toml names as instrument."""
    named = feed.mapping.instrument
    if named is None:
        named = feed.export
    if named in EXPORTS:
        return f"coalesce(c{place[INSTRUMENT]} = {sql_text(named)}, false)"
    found = next((one for one in RESOURCES if one.casefold() == named.casefold()), None)
    if found is None:
        near = nearest(named, [*RESOURCES, *EXPORTS])
        meant = f"; the nearest is {shown(near)}" if near else ""
        raise DeliveryRejected(
            f"FHIR has no instrument {shown(named)}{meant}.",
            f"Write {', '.join(RESOURCES)} or an export as instrument of [exports.{feed.export}], or remove it.",
        )
    return f"coalesce(c{place[RESOURCE]} = {sql_text(found)}, false)"
