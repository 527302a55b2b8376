"""Checks a new site.toml against the headers of the site's files, those in landing/ and those in the archive."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import duckdb

from warehouse.archive.archive import SITE_EXPORT, Archive
from warehouse.archive.blobs import plain_copy
from warehouse.intake.folder_deliveries import deliveries_in
from warehouse.intake.source_folders import kinds_of_folders
from warehouse.sources.dictionary_text import text_of
from warehouse.sources.fits_files import check_columns
from warehouse.sources.open_mapped import columns_of
from warehouse.sources.site_mapping import Feed, SiteMapping
from warehouse.storage.connection import settings
from warehouse.storage.errors import ArchiveDamaged, DeliveryRejected
from warehouse.storage.packed_folder import delivered_chunks


def check_site_columns(
    archive: Archive, site_folder: Path, mapping: SiteMapping, beside: Iterable[tuple[str, str, Path]] = ()
) -> None:
    """Raise RegistryError if the mapping names a source column that no file of the site has.

    `beside` has files that are not in the site's folder yet: the folder they are for, their name and path.
    """
    site = site_folder.name
    headers: dict[str, list[list[str]]] = {}
    feeds: dict[tuple[str, str], Feed] = {}
    refused: dict[tuple[str, str], DeliveryRejected] = {}
    fitting: set[tuple[str, str]] = set()
    dictionaries = _dictionaries(archive, site_folder, mapping)
    with duckdb.connect(config=settings(archive.home.scratch)) as con:
        for folder, name, path in _files(archive, site_folder, mapping, beside):
            for feed in mapping.feeds(folder, name):
                feeds[feed.export, feed.source_name] = feed
                with suppress(duckdb.Error):  # loading it says what is wrong with the file
                    names, why = columns_of(con, path, feed, dictionaries)
                    if names:
                        headers.setdefault(feed.source_name, []).append(names)
                    if names and why is None:
                        fitting.add((feed.export, feed.source_name))
                    elif names and why is not None:
                        refused[feed.export, feed.source_name] = why
    check_columns(site, headers, feeds.values(), {k: why for k, why in refused.items() if k not in fitting})


def _dictionaries(archive: Archive, site_folder: Path, mapping: SiteMapping) -> dict[str, str]:
    """Return the text of each source's data dictionary, from the site's folder or else from the archive."""
    texts = {}
    for name, source in mapping.sources.items():
        if not source.dictionary:
            continue
        try:
            content = (site_folder / source.dictionary).read_bytes()
        except OSError:
            arrival = archive.latest(site_folder.name, SITE_EXPORT, source.dictionary)
            if arrival is None:
                continue
            content = b"".join(archive.chunks(arrival))
        texts[name] = text_of(content)
    return texts


def _files(
    archive: Archive, site_folder: Path, mapping: SiteMapping, beside: Iterable[tuple[str, str, Path]]
) -> Iterator[tuple[str, str, Path]]:
    """Yield folder, name and a readable copy of every file that the mapping concerns, the newest of each name."""
    seen, kinds = set(), kinds_of_folders(site_folder)
    for folder_name, name, path in beside:
        seen.add((folder_name, name))
        with plain_copy(archive.home.scratch, name, delivered_chunks(path)) as copy:
            yield folder_name, name, copy
    for folder in sorted(f for f in site_folder.iterdir() if f.is_dir() and mapping.concerns(f.name)):
        for file in deliveries_in(folder, kinds.get(folder.name)):
            if (folder.name, file.name) not in seen:
                seen.add((folder.name, file.name))
                with plain_copy(archive.home.scratch, file.name, delivered_chunks(file)) as copy:
                    yield folder.name, file.name, copy
    for arrival in reversed(archive.arrivals):
        place = (arrival.export, arrival.file_name)
        if arrival.site != site_folder.name or place in seen or not mapping.concerns(arrival.export):
            continue
        seen.add(place)
        if arrival.content_sha256 is not None and arrival.tombstone is None:
            with suppress(ArchiveDamaged), archive.plain(arrival) as copy:
                yield arrival.export, arrival.file_name, copy
