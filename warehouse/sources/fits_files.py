"""Checks that the source columns which a mapping names occur in the site's files."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from warehouse.readers.near_names import nearest, shown
from warehouse.sources.export_mapping import ExportMapping
from warehouse.sources.file_columns import FileColumns
from warehouse.sources.site_mapping import Feed
from warehouse.sources.why_lacking import why_lacking
from warehouse.storage.errors import DeliveryRejected, RegistryError

Refused = Mapping[tuple[str, str], DeliveryRejected]
"""Export and source -> why no file of the source is read as the export, for a reason other than its columns."""


def check_columns(
    site: str,
    headers: Mapping[str, Sequence[Sequence[str]]],
    feeds: Iterable[Feed],
    refused: Refused = MappingProxyType({}),
) -> None:
    """Raise RegistryError for the first name in a mapping that is a column of no file of its sources.

    `headers` holds the headers of each source's files. Where a source has no file yet, nothing is known. Where a file
    is `refused`, that is why it lacks the column, and is said instead.
    """
    by_export: dict[str, list[Feed]] = {}
    for feed in feeds:
        by_export.setdefault(feed.export, []).append(feed)
    for export, of_export in by_export.items():
        found = [headers.get(feed.source_name, []) for feed in of_export]
        if not all(found):
            continue
        names = [name for of_source in found for header in of_source for name in header]
        files = FileColumns(names)
        for key, alternatives in _named(of_export[0].mapping):
            if not any(name in files for name in alternatives):
                for feed in of_export:
                    if (why := refused.get((export, feed.source_name))) is not None:
                        raise RegistryError(f"{site}/site.toml: exports.{export}: {why.message}", why.cure)
                headers_of = [header for of_source in found for header in of_source]
                raise _unknown(site, f"exports.{export}.{key}", alternatives[0], of_export, headers_of)


def _named(mapping: ExportMapping) -> Iterable[tuple[str, list[str]]]:
    """Yield the keys that name source columns, each with the names of which a file must have one."""
    for name, column in mapping.columns.items():
        if column.from_:
            yield f"columns.{name}", list(column.from_)
        for part in column.join:
            yield f"columns.{name}.join", [part]
    for name in mapping.where:
        yield "where", [name]
    for block in mapping.repeat:
        for name, pattern in block.columns.items():
            yield f"repeat.columns.{name}", [block.names(label)[name] for label in block.labels] or [pattern]


def _unknown(site: str, key: str, name: str, feeds: Sequence[Feed], headers: Sequence[Sequence[str]]) -> RegistryError:
    sources = " or ".join(dict.fromkeys(feed.source_name for feed in feeds))
    said = f"{site}/site.toml: {key}: no file of {sources} has a column {shown(name)}"
    for header in headers:
        why, cure = why_lacking(name, header)
        if cure:
            return RegistryError(f"{said}{why}.", cure)
    if near := nearest(name, [name for header in headers for name in header]):
        return RegistryError(f"{said}; the nearest is {shown(near)}.", f"Write {shown(near)}.")
    return RegistryError(f"{said}.", "`registry check` lists the columns of each file.")
