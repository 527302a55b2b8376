"""Reads the mapping keys of a site.toml: the sources, and how each export is taken from them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from hashlib import sha256
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import ValidationError

from schemas.export import Export
from schemas.exports import ANSWERS, EXPORTS
from warehouse.sources.column_mapping import ColumnMapping
from warehouse.sources.export_mapping import WHAT_ASKED, ExportMapping
from warehouse.sources.kinds import MODULES
from warehouse.sources.place_address import check_folders, check_place
from warehouse.sources.settings_base import Settings
from warehouse.sources.settings_errors import one_sentence, unknown_key
from warehouse.sources.source_settings import OF_CALLS, WHERE_ASKED, SourceSettings
from warehouse.sources.sql_source import SQL, export_of
from warehouse.sources.sql_source import check_export as check_query
from warehouse.sources.sql_source import check_source as check_database
from warehouse.sources.units import UNIT_OF
from warehouse.storage.errors import RegistryError

Table = TypeVar("Table", bound=Settings)
API_LOOKS = {
    "redcap": (re.compile(r"/api/$"), "https://redcap.example.org/api/"),
    "castor": (re.compile(r"^/api/study/[0-9A-Z]+(-[0-9A-Z]+)*/?$"), "https://uk.castoredc.com/api/study/<study id>/"),
}
"""Kinds that are pulled -> what the path of an API's address looks like, and an example."""
CASTOR_DATES = ("%d-%m-%Y", "%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%d-%m-%Y;%H:%M")
"""How Castor writes dates: in its exports, with a time of creation or of a field, and with a time in its API."""
CATALOGUE = ".sas7bcat"
RESERVED = (ANSWERS, "site")
PLAIN_NAME = re.compile(r"[^A-Za-z0-9_-]")
"""What a source's name does not hold if files are named after it."""


@dataclass(frozen=True)
class Feed:
    """One source's part in one export: how the file is read, and how its columns become the export's."""

    export: str
    source_name: str
    source: SourceSettings
    mapping: ExportMapping

    @property
    def name(self) -> str:
        """Return source and export, which tell it from the other feeds of a site."""
        return f"{self.source_name}/{self.export}"

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the cells that mean: not known."""
        return tuple(dict.fromkeys((*self.source.missing, *self.mapping.missing)))

    @property
    def fingerprint(self) -> str:
        """Return a hash of everything that decides how the file's rows become the export's."""
        unsaid = {name for name in OF_CALLS if not getattr(self.source, name)}
        source = self.source.model_dump_json(exclude=unsaid | WHERE_ASKED)
        said = f"{self.export}\0{source}\0{self.mapping.model_dump_json(exclude=set(WHAT_ASKED))}"
        return sha256(said.encode()).hexdigest()


@dataclass(frozen=True)
class SiteMapping:
    """What a site.toml says of sources and columns. Exports without mapping keys are not among `exports`."""

    sources: Mapping[str, SourceSettings] = field(default_factory=dict)
    exports: Mapping[str, ExportMapping] = field(default_factory=dict)

    def feeds(self, folder: str, file_name: str) -> list[Feed]:
        """Return what a file in a folder of the site feeds, by export; empty where canonical columns are expected."""
        found = []
        for export in EXPORTS:
            mapping = self.exports.get(export)
            names = mapping.source if mapping and mapping.source else (export,)
            for name in names:
                source = self.sources.get(name)
                if source is None and (mapping is None or name != export):
                    continue
                source = source or SourceSettings()
                if source.kind == SQL and export_of(file_name) != export:
                    continue
                if folder == (source.folder or name) and is_named(file_name, source.files):
                    found.append(Feed(export, name, source, _as_read(export, source, mapping or ExportMapping())))
        return found

    def folders(self) -> set[str]:
        """Return the folders of the site that sources read."""
        return {source.folder or name for name, source in self.sources.items()}

    def concerns(self, folder: str) -> bool:
        """Return whether files in the folder are read as the mapping says: a source's, or a mapped export's own."""
        return folder not in EXPORTS or folder in self.exports or folder in self.folders()


def _as_read(export: str, source: SourceSettings, mapping: ExportMapping) -> ExportMapping:
    """Return the mapping with Castor's own formats for dates that it gives none; Castor writes no other."""
    if source.kind != "castor":
        return mapping
    columns = dict(mapping.columns)
    for column in EXPORTS[export].columns:
        own = columns.get(column.name, ColumnMapping())
        if column.kind == "date" and not own.format and own.value is None:
            columns[column.name] = own.model_copy(update={"format": CASTOR_DATES})
    return mapping.model_copy(update={"columns": columns})


def is_named(file_name: str, patterns: tuple[str, ...]) -> bool:
    """Return whether a file's name fits one of the patterns, without regard to case; any does if there are none."""
    return not patterns or any(fnmatch(file_name.lower(), pattern.lower()) for pattern in patterns)


def read_mapping(sources: object, exports: Mapping[str, dict], site: str) -> SiteMapping:
    """Return the mapping in [sources] and in the mapping keys of each export.

    Raises RegistryError with one sentence where it is not valid.
    """
    if not isinstance(sources, dict):
        raise RegistryError(f"{site}/site.toml: sources is not a table.", "Write [sources.<name>].")
    known = {name: _read(SourceSettings, table, site, f"sources.{name}") for name, table in sources.items()}
    mappings = {name: _read(ExportMapping, table, site, f"exports.{name}") for name, table in exports.items()}
    for name, source in known.items():
        _check_source(name, source, site)
    check_folders(known, site)
    for name, mapping in mappings.items():
        _check_export(EXPORTS[name], mapping, known, site)
        check_query(name, mapping, known, site)
    return SiteMapping(known, mappings)


def _read(model: type[Table], table: object, site: str, place: str) -> Table:
    if not isinstance(table, dict):
        raise RegistryError(f"{site}/site.toml: {place} is not a table.", f"Write [{place}].")
    try:
        return model.model_validate(table)
    except ValidationError as error:
        raise one_sentence(error, model, site, place) from None


def _check_source(name: str, source: SourceSettings, site: str) -> None:
    place = f"{site}/site.toml: sources.{name}"
    if source.kind not in MODULES:
        raise RegistryError(
            f'{place}.kind "{source.kind}" is not read by this version of the registry.',
            f"Deliver tables: the kinds that are read are {', '.join(MODULES)}.",
        )
    if source.kind == "table" and source.dictionary and not source.dictionary.lower().endswith(CATALOGUE):
        raise RegistryError(
            f"{place}.dictionary: the dictionary of a table is a catalogue of SAS formats ({CATALOGUE}).",
            'Name such a file, or write kind = "redcap" or "castor".',
        )
    check_database(name, source, place)
    check_place(name, source, place)
    if source.api is not None:
        _check_api(name, source, place)
    folder = source.folder or name
    if folder in RESERVED or "/" in folder or "\\" in folder or folder.startswith("."):
        raise RegistryError(f"{place}: a source cannot have this folder.", "Name a folder inside the site's folder.")


def _check_api(name: str, source: SourceSettings, place: str) -> None:
    if source.kind not in API_LOOKS:
        raise RegistryError(
            f"{place}.api: only REDCap projects and Castor studies are pulled.", 'Write kind = "redcap" or "castor".'
        )
    look, example = API_LOOKS[source.kind]
    if not look.search(urlsplit(source.api or "").path):
        raise RegistryError(f"{place}.api is not the address of such an API.", f'It looks like "{example}".')
    if source.kind == "castor":
        if (source.delimiter or ";", source.header_row, source.encoding) != (";", 1, "utf-8"):
            raise RegistryError(
                f"{place}: what an API gives is UTF-8 with semicolons.", "Remove encoding, delimiter and header_row."
            )
        if PLAIN_NAME.search(name):
            raise RegistryError(f"{place}: with api, the source has a plain name.", "Use letters, digits, _ and -.")
        return
    if source.dictionary is None:
        raise RegistryError(
            f"{place}.api needs a name for the project's data dictionary, which is pulled too.",
            f'Add dictionary = "{PLAIN_NAME.sub("_", name)}_dictionary.csv".',
        )
    if (source.encoding, source.delimiter or ",", source.header_row) != ("utf-8", ",", 1):
        raise RegistryError(
            f"{place}: what an API gives is UTF-8 with commas.", "Remove encoding, delimiter and header_row."
        )
    if PLAIN_NAME.search(name) or PLAIN_NAME.search(source.dictionary.replace(".", "")) or source.dictionary[0] == ".":
        raise RegistryError(
            f"{place}: with api, the source and its dictionary have plain names.", "Use letters, digits, _ and -."
        )


def _check_export(export: Export, mapping: ExportMapping, sources: Mapping[str, SourceSettings], site: str) -> None:
    place = f"exports.{export.name}"
    for name in mapping.source:
        if name not in sources and name != export.name:
            raise (
                unknown_key(site, f"{place}.source", name, sources)
                if sources
                else RegistryError(
                    f"{site}/site.toml: {place}.source names a source that is not declared.", f"Add [sources.{name}]."
                )
            )
    for name, column in mapping.columns.items():
        _check_column(export, name, f"{place}.columns", site)
        if column.unit and column.unit not in UNIT_OF.get(name, {}):
            units = ", ".join(UNIT_OF.get(name, {}))
            cure = f"Its units are {units}." if units else "Remove the unit."
            raise RegistryError(f"{site}/site.toml: {place}.columns.{name} cannot be given in {column.unit}.", cure)
    for block in mapping.repeat:
        for name in (block.column, *block.columns):
            _check_column(export, name, f"{place}.repeat", site)


def _check_column(export: Export, name: str, place: str, site: str) -> None:
    if name not in export.column_names:
        raise unknown_key(site, place, name, export.column_names)
