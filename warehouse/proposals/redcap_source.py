"""Finds the fields and choices of a REDCap export: by the project's data dictionary, else by its header alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from warehouse.proposals.site_sources import SiteSource, with_names
from warehouse.readers.near_names import shown
from warehouse.sources.redcap_dictionary import Dictionary, read_dictionary
from warehouse.sources.redcap_layout import Layout, read_layout
from warehouse.storage.errors import DeliveryRejected, RegistryError


@dataclass(frozen=True)
class RedcapDictionary:
    """A data dictionary among the site's files. `is_beside`: it lies where site.toml can name it."""

    path: Path
    is_beside: bool


@dataclass(frozen=True)
class Fields:
    """A source whose header has field names, what people see of its fields, and the dictionary that is named."""

    source: SiteSource
    labels: dict[str, str] = field(default_factory=dict)
    dictionary: str | None = None
    layout: Layout | None = None


def as_fields(
    con: duckdb.DuckDBPyConnection, source: SiteSource, dictionaries: Sequence[RedcapDictionary], notes: list[str]
) -> Fields:
    """Return a source with its fields; one that is not of REDCap as it is."""
    if source.first.kind != "redcap":
        return Fields(source)
    for one in dictionaries:
        try:
            dictionary = read_dictionary(one.path.read_text(encoding="utf-8-sig"))
            layout = read_layout(source.header, (), dictionary, one.path.name)
        except (RegistryError, DeliveryRejected, UnicodeDecodeError):
            continue
        if not one.is_beside:
            notes.append(
                f"{shown(one.path.name)} is the data dictionary of {source.name}: move it beside site.toml, and its "
                "choices are proposed as codes."
            )
            break
        return _with_fields(source, layout, dictionary, one.path.name)
    return _with_fields(source, read_layout(source.header, (), None, ""), None, None)


def _with_fields(source: SiteSource, layout: Layout, dictionary: Dictionary | None, named: str | None) -> Fields:
    """Return the source under field names, without identifier fields, and with the choices as value labels."""
    labels = {
        name: column.label for name, column in zip(layout.names, layout.columns, strict=True) if column and column.label
    }
    choices = {place: dict(column.choices) for place, column in enumerate(layout.columns) if column and column.choices}
    names = ["" if place in layout.hidden else name for place, name in enumerate(layout.names)]
    look = source.first
    opened = replace(look, source=replace(look.source, header=list(layout.names), labels=choices))
    return Fields(replace(with_names(source, names), looks=(opened,)), labels, named)
