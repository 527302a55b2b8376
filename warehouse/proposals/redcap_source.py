"""Finds the fields and choices of a REDCap export: by the project's data dictionary, else by its header alone."""

from collections.abc import Sequence
from dataclasses import replace

from warehouse.proposals.fields import Fields, StudyDictionary, also_called, prefixes_of
from warehouse.proposals.site_sources import SiteSource, with_names
from warehouse.readers.near_names import shown
from warehouse.sources.redcap_dictionary import Dictionary
from warehouse.sources.redcap_layout import Layout, read_layout
from warehouse.sources.site_dictionary import read_project_dictionary
from warehouse.sources.stored_dictionary import from_text
from warehouse.storage.errors import DeliveryRejected, RegistryError


def redcap_fields(source: SiteSource, dictionaries: Sequence[StudyDictionary], notes: list[str]) -> Fields:
    """Return a REDCap source with its fields, by the dictionary that fits it; a project's XML holds its own."""
    if source.first.source.about:
        dictionary = from_text(source.first.source.about)
        return _with_fields(source, read_layout(source.header, (), dictionary, ""), dictionary, None)
    for one in dictionaries:
        if one.kind != "redcap":
            continue
        try:
            dictionary = read_project_dictionary(one.path.read_text(encoding="utf-8-sig"))
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
    prefixes = prefixes_of(layout.names)
    forms = dict(zip(layout.names, layout.forms, strict=True))
    others = {
        name: tuple(also_called(name, labels.get(name, ""), prefixes, forms[name] if dictionary else ""))
        for name in layout.names
    }
    choices = {place: dict(column.choices) for place, column in enumerate(layout.columns) if column and column.choices}
    left_out = {*layout.hidden, *layout.statuses.values()}
    names = ["" if place in left_out else name for place, name in enumerate(layout.names)]
    look = source.first
    titles = {place: labels[name] for place, name in enumerate(layout.names) if name in labels}
    opened = replace(look, source=replace(look.source, header=list(layout.names), labels=choices, titles=titles))
    return Fields(replace(with_names(source, names), looks=(opened,)), others, named)
