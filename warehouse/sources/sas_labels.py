"""Gives the columns of SAS files the value labels that their formats have in the source's catalogue (.sas7bcat)."""

from collections.abc import Iterator
from dataclasses import replace

from warehouse.readers.near_names import shown
from warehouse.readers.source import Source
from warehouse.readers.statistics.catalogue import SasFormat, read_catalogue
from warehouse.sources.dictionary_text import catalogue_in
from warehouse.sources.file_columns import FileColumns
from warehouse.sources.site_mapping import Feed
from warehouse.storage.errors import DeliveryRejected

OR_CODES = "or write codes instead of labels"


def with_catalogue(source: Source, feed: Feed, text: str | None) -> Source:
    """Return the source with the labels of the catalogue in the dictionary's text; unchanged if nothing asks for them.

    Raises DeliveryRejected if labels = true asks for the labels of a SAS column that has none.
    """
    if source.formats is None:
        return source
    asked = dict(_asked(source, feed))
    if not asked:
        return source
    formats = _formats(feed, text)
    labels = {}
    remark = source.remark
    for place, name in asked.items():
        label_format = formats.get(source.formats.get(place, ""))
        if label_format is None:
            raise _without_labels(name, source.formats.get(place))
        labels[place] = label_format.labels
        if label_format.n_left_out:
            remark = f"{remark} The labels of codes below zero in {shown(name)} are not used.".strip()
    return replace(source, labels={**source.labels, **labels}, remark=remark)


def _asked(source: Source, feed: Feed) -> Iterator[tuple[int, str]]:
    """Yield the columns whose labels the mapping asks for: position and name."""
    file = FileColumns(source.header)
    for canonical, mapping in feed.mapping.columns.items():
        if not mapping.labels:
            continue
        names = [file.first(mapping.from_ or (canonical,))]
        for block in feed.mapping.repeat:
            names += [block.names(label).get(canonical) for label in block.labels]
        for name in names:
            if name is not None and name in file:
                yield file.place(name), name


def _formats(feed: Feed, text: str | None) -> dict[str, SasFormat]:
    named = feed.source.dictionary
    if named is None:
        raise DeliveryRejected(
            "A SAS file holds no value labels, and labels = true asks for them: they are in a catalogue (.sas7bcat).",
            f'Put the catalogue beside site.toml and add dictionary = "formats.sas7bcat" to [sources.'
            f"{feed.source_name}], {OR_CODES}.",
        )
    if text is None:
        raise DeliveryRejected(
            f"The catalogue {shown(named)} with the value labels has not come yet.",
            f"Put it beside site.toml, {OR_CODES}.",
        )
    content = catalogue_in(text)
    if content is None:
        raise DeliveryRejected(
            f"The file {shown(named)} is not a catalogue of SAS formats (.sas7bcat).",
            "Put the catalogue that belongs to the SAS file beside site.toml.",
        )
    return read_catalogue(content)


def _without_labels(column: str, format_name: str | None) -> DeliveryRejected:
    if format_name is None:
        return DeliveryRejected(
            f"The column {shown(column)} has no format in the SAS file, and labels = true asks for its labels.",
            "Give it its format in SAS and write the file again, or write codes instead of labels.",
        )
    return DeliveryRejected(
        f"The catalogue has no format {shown(format_name)}, which the column {shown(column)} has in the SAS file.",
        f"Put a catalogue with that format beside site.toml, {OR_CODES}.",
    )
