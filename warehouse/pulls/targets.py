"""Declares what a pull is for: the source, the exports that it feeds, and what a person asks of the pull."""

from dataclasses import dataclass

from schemas.exports import EXPORTS
from warehouse.intake.site_config import SiteConfig
from warehouse.pulls.pulled_files import WHOLE, name_of
from warehouse.sources.site_mapping import Feed, SiteMapping
from warehouse.sources.source_settings import SourceSettings
from warehouse.sources.sql_source import SQL
from warehouse.sources.sql_source import file_name as sql_name_of
from warehouse.storage.errors import RegistryError

PAGE_RECORDS = 200


@dataclass(frozen=True)
class Options:
    """What a person asks of a pull: everything again, and what they have looked at and accept."""

    is_whole: bool = False
    accepts_deletions: bool = False
    accepts_address: bool = False
    page_records: int = PAGE_RECORDS


@dataclass(frozen=True)
class Pulled:
    """What a pull delivered: files' names, records in them (None: not known), records that lost rows, and remarks.

    `problem` says which files could not be had, and what cures it; the others were delivered.
    """

    files: tuple[str, ...] = ()
    n_records: int | None = 0
    n_lost: int = 0
    remarks: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Target:
    """The source that is pulled, and the exports that it feeds."""

    site: str
    name: str
    source: SourceSettings
    feeds: tuple[Feed, ...]
    is_snapshot: bool
    most_lost: float

    @property
    def folder(self) -> str:
        """Return the folder of the site that takes the source's files."""
        return self.source.folder or self.name


def castor_name_of(stamp: str) -> str:
    """Return the name of a ZIP of answers, which sorts by time."""
    return f"{stamp}_castor.zip"


def target_of(config: SiteConfig, site: str, name: str) -> Target:
    """Return what a pull of the source is for. Raises RegistryError if its files would not be read, or in two modes."""
    assert config.mapping is not None
    source = config.mapping.sources[name]
    if source.place is not None:
        return _of_place(config.mapping, site, name, source)
    stamp = "2026-01-31_020000"
    file = castor_name_of(stamp) if source.kind == "castor" else name_of(stamp, WHOLE)
    files = [sql_name_of(stamp, export) for export in EXPORTS] if source.kind == SQL else [file]
    found = (feed for one in files for feed in config.mapping.feeds(source.folder or name, one))
    feeds = tuple(feed for feed in found if feed.source_name == name)
    if not feeds:
        raise RegistryError(
            f"No export of {site} reads what would be pulled for {name}.",
            f'Write source = "{name}" below an export in site.toml, and let `files` match {files[0]}.',
        )
    modes = {config.mode(feed.export) for feed in feeds}
    if len(modes) > 1:
        raise RegistryError(
            f"{name} of {site} feeds exports in mode delta and others in mode snapshot; a pull is one or the other.",
            "Give all exports of the source one mode in site.toml.",
        )
    most = min(config.most_withdrawn(feed.export) for feed in feeds)
    return Target(site, name, source, feeds, modes == {"snapshot"}, most)


def _of_place(mapping: SiteMapping, site: str, name: str, source: SourceSettings) -> Target:
    """Return what a pull from a place is for; which exports a file feeds is seen once it is delivered."""
    if not any(name in (one.source or (export,)) for export, one in mapping.exports.items()) and name not in EXPORTS:
        raise RegistryError(
            f"No export of {site} reads what would be fetched for {name}.",
            f'Write source = "{name}" below an export in site.toml.',
        )
    return Target(site, name, source, (), False, 1)
