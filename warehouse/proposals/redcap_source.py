"""Finds the fields and choices of a REDCap export: by the project's data dictionary, else by its header alone."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from warehouse.proposals.site_sources import SiteSource, with_names
from warehouse.readers.near_names import shown
from warehouse.sources.redcap_dictionary import Dictionary, read_dictionary
from warehouse.sources.redcap_layout import Layout, read_layout
from warehouse.storage.errors import DeliveryRejected, RegistryError

OF_SEVERAL = 3
"""A prefix that this many fields have is that of their form: rfa_date, rfa_size, rfa_margin."""


@dataclass(frozen=True)
class RedcapDictionary:
    """A data dictionary among the site's files. `is_beside`: it lies where site.toml can name it."""

    path: Path
    is_beside: bool


@dataclass(frozen=True)
class Fields:
    """A source whose header has field names, what else its fields are called, and the dictionary that is named."""

    source: SiteSource
    others: dict[str, tuple[str, ...]] = field(default_factory=dict)
    dictionary: str | None = None
    layout: Layout | None = None


def as_fields(
    con: duckdb.DuckDBPyConnection, source: SiteSource, dictionaries: Sequence[RedcapDictionary], notes: list[str]
) -> Fields:
    """Return a source with its fields; one that is not of REDCap as it is, with its columns' titles."""
    if source.first.kind != "redcap":
        return Fields(source, {name: (title,) for name in source.header if (title := source.title(name))})
    for one in dictionaries:
        try:
            dictionary = read_dictionary(one.path.read_text(encoding="utf-8-sig"))
            layout = read_layout(source.header, (), dictionary, one.path.name)
        except (RegistryError, DeliveryRejected, UnicodeDecodeError):
            continue
        if not one.is_beside:
            notes.append(
                f"{shown(one.path.name)} is the data dictionary of {source.name}: move it out of the folder, beside "
                "site.toml."
            )
        return _with_fields(source, layout, dictionary, one.path.name)
    try:
        return _with_fields(source, read_layout(source.header, (), None, ""), None, None)
    except DeliveryRejected as rejection:
        notes.append(f"{source.name}: {rejection}")
        return Fields(source)


def _with_fields(source: SiteSource, layout: Layout, dictionary: Dictionary | None, named: str | None) -> Fields:
    """Return the source under field names, without identifier fields, and with the choices as value labels.

    The status of a form is no field of it: ablation_complete does not say that an ablation was complete.
    """
    labels = {
        name: column.label for name, column in zip(layout.names, layout.columns, strict=True) if column and column.label
    }
    prefixes = Counter(name.partition("_")[0] for name in layout.names if "_" in name)
    others = {name: tuple(_also_called(name, labels.get(name, ""), prefixes)) for name in layout.names}
    choices = {place: dict(column.choices) for place, column in enumerate(layout.columns) if column and column.choices}
    left_out = {*layout.hidden, *layout.statuses.values()}
    names = ["" if place in left_out else name for place, name in enumerate(layout.names)]
    look = source.first
    titles = {place: labels[name] for place, name in enumerate(layout.names) if name in labels}
    opened = replace(look, source=replace(look.source, header=list(layout.names), labels=choices, titles=titles))
    return Fields(replace(with_names(source, names), looks=(opened,)), others, named)


def _also_called(name: str, label: str, prefixes: Counter[str]) -> Iterator[str]:
    """Yield a field's label, what is behind a colon in it, and its name without a prefix that several fields have."""
    for text in (label, name):
        if ":" in text:
            yield text.rpartition(":")[2]
    if label:
        yield label
    prefix, _, rest = name.partition("_")
    if rest and prefixes[prefix] >= OF_SEVERAL:
        yield rest
