"""Proposes the site.toml of one site from the files in its folders."""

import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from schemas.exports import ANSWERS
from warehouse.intake.landing import IGNORED_PREFIXES, IGNORED_SUFFIXES, SITE_FILE
from warehouse.intake.site_config import parse
from warehouse.intake.source_folders import QUERY
from warehouse.proposals.declared_tables import DeclaredTable, declared_looks, is_told, with_declared
from warehouse.proposals.entry import Table
from warehouse.proposals.export_tables import export_tables, lacks, other_columns
from warehouse.proposals.feedings import Feeding, chosen, feedings_of
from warehouse.proposals.fhir_files import (
    READ_AS,
    FhirFile,
    fhir_tables,
    is_export,
    is_fhir,
    is_open_export,
    look_at_fhir,
)
from warehouse.proposals.fields import Fields, StudyDictionary
from warehouse.proposals.kept_settings import keep_where_files_come_from
from warehouse.proposals.look import Look, Unread, look_at
from warehouse.proposals.sequencing_files import CallsFile, call_tables, calls_file, is_whole_study
from warehouse.proposals.site_sources import SiteSource, free_name, sources_of
from warehouse.proposals.source_tables import decimal_in, missing_in, source_table
from warehouse.proposals.toml_lines import text_of
from warehouse.readers.near_names import shown
from warehouse.readers.refusals import with_cure
from warehouse.sources.fits_files import check_columns
from warehouse.storage.connection import settings
from warehouse.storage.errors import DeliveryRejected, RegistryError

OPENING = (
    "Proposed by `registry map` from the files in this folder. A line is what the files show. A comment that begins "
    "with ? is a question, and below it are its answers. Take the right one by removing its #, or correct it; leave "
    "the others as they are."
)
FROM_CONTRACT = OPENING.replace("the files in this folder", "a data contract and the files in this folder")
ORDER = ("patients", "rfa_sessions", "genotypes", "imaging_followups", "treatments")
SIGNS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
USUAL = {"castor": ";"}
"""Kind -> the delimiter of its files, where it is none that site.toml names."""
NOT_FED = (
    "No column of {} tells which export it is. If it has rows of one, take these lines, name it as source of that "
    "export and write its columns below [exports.<export>.columns]."
)


@dataclass(frozen=True)
class Found:
    """A table that was looked at: the file, how it is read, its rows, and the exports that it feeds.

    `n_rows` is None where several files were counted together, or none has come.
    """

    place: str
    read_as: str
    n_rows: int | None
    exports: tuple[str, ...]
    n_columns: int
    n_used: int


@dataclass(frozen=True)
class Proposal:
    """A proposed site.toml. `notes` are sentences about files for which it says nothing."""

    text: str
    found: tuple[Found, ...]
    unread: tuple[Unread, ...]
    notes: tuple[str, ...]
    n_questions: int

    @property
    def says_nothing(self) -> bool:
        """Return whether no line and no question is proposed."""
        return not any(line and not line.startswith("#") for line in self.text.splitlines()) and not self.n_questions


def propose(site_folder: Path, temporary: Path | None = None, declared: Sequence[DeclaredTable] = ()) -> Proposal:
    """Return the proposal for the site whose folders lie in `site_folder`; nothing there is changed.

    `declared` are the tables of a data contract of the site; the folder need not exist where there are any.
    Copies of files are written to a private folder below `temporary`, or the system's, and deleted again.
    """
    with tempfile.TemporaryDirectory(dir=temporary, prefix="map-") as made:
        scratch = Path(made)
        (scratch / "files").mkdir()
        with duckdb.connect(config=settings(scratch)) as con:
            try:
                found = _proposal(con, site_folder, scratch / "files", declared)
            except (duckdb.Error, OSError):
                _check_kept(scratch)
                raise
        _check_kept(scratch)
        return found


def _check_kept(scratch: Path) -> None:
    """Raise RegistryError if a refresh that began meanwhile has cleared the copies: the proposal would lack files."""
    if not (scratch / "files").is_dir():
        raise RegistryError("A refresh began while the files were looked at.", "Run `registry map` again.")


def _proposal(
    con: duckdb.DuckDBPyConnection, site_folder: Path, scratch: Path, declared: Sequence[DeclaredTable]
) -> Proposal:
    looks: list[Look] = []
    unread: list[Unread] = []
    dictionaries: list[StudyDictionary] = []
    notes: list[str] = []
    beside: dict[str, None] = {}
    files: dict[str, list[str]] = {}
    calls: list[CallsFile] = []
    fhir: list[FhirFile] = []
    for file in _files(site_folder, notes) if site_folder.is_dir() or not declared else ():
        if is_fhir(file, site_folder):
            try:
                fhir.append(look_at_fhir(con, file, site_folder, scratch))
            except DeliveryRejected as rejection:
                unread.append(Unread(file.parent.name, file.name, with_cure(rejection)))
            continue
        if (found_calls := calls_file(file, site_folder)) is not None:
            calls.append(found_calls)
            continue
        files.setdefault(file.parent.name, []).append(file.name)
        for one in look_at(con, file, scratch):
            if isinstance(one, Unread):
                unread.append(one)
            elif one.dictionary_of is not None:
                dictionaries.append(StudyDictionary(file, one.dictionary_of, is_beside=file.parent == site_folder))
            elif file.parent != site_folder:
                looks.append(one)
            else:
                beside[f"{file.name} lies beside the folders: move it into one, such as {site_folder.name}/files/."] = (
                    None
                )
    notes[:0] = beside
    sources, unreadable = sources_of(con, looks, files)
    unread += unreadable
    prepared = [with_declared(_as_fields(source, dictionaries, notes), declared) for source in sources]
    untold, unknown = _of_contract(con, [one for one in declared if not is_told(one, sources)], files)
    unread += unknown
    prepared += untold
    notes += [
        f"The column {shown(name)} occurs more than once in a file of {source.name}; rename all but the one meant."
        for source in sources
        for name in source.repeated
    ]
    feedings = [f for one in prepared for f in feedings_of(con, one.source, one.others)]
    tables = _tables([(one.source, one.dictionary) for one in prepared], feedings, notes)
    found = [_found(look, one.source, feedings) for one in prepared for look in one.source.looks]
    if calls:
        named = {one.source.name for one in prepared}
        tables += call_tables(calls, named, any(table.header == "[exports.genotypes]" for table in tables))
        found += [Found(f"{one.folder}/{one.file_name}", one.read_as, None, ("genotypes",), 0, 0) for one in calls]
    if fhir:
        named = {table.header.removeprefix("[sources.").rstrip("]") for table in tables}
        fed = {table.header.removeprefix("[exports.").rstrip("]") for table in tables}
        tables += fhir_tables(fhir, named, fed)
        found += [Found(f"{one.folder}/{one.file_name}", READ_AS, one.n_rows, tuple(one.exports), 0, 0) for one in fhir]
    keep_where_files_come_from(tables, site_folder, notes)
    text = text_of(FROM_CONTRACT if untold else OPENING, tables)
    _check(text, site_folder.name, [one.source for one in prepared])
    n_questions = sum(table.n_questions for table in tables)
    return Proposal(text, tuple(found), tuple(unread), tuple(notes), n_questions)


def _of_contract(
    con: duckdb.DuckDBPyConnection, declared: Sequence[DeclaredTable], folders: Collection[str]
) -> tuple[list[Fields], list[Unread]]:
    """Return the declared tables as sources, each in a folder of its own, and those whose columns are not known."""
    placed: dict[str, DeclaredTable] = {}
    for table in declared:
        folder = free_name(table.folder, {*folders, *placed})
        placed[folder] = replace(table, folder=folder)
    looks = list(declared_looks(con, placed.values()))
    sources, unread = sources_of(con, looks, {look.folder: [look.file_name] for look in looks}, "declared_look")
    return [with_declared(Fields(source), [placed[source.folder]]) for source in sources], unread


def _as_fields(source: SiteSource, dictionaries: Sequence[StudyDictionary], notes: list[str]) -> Fields:
    """Return a source with what is known of its columns beside their names."""
    if source.first.kind == "redcap":
        from warehouse.proposals.redcap_source import redcap_fields

        return redcap_fields(source, dictionaries, notes)
    if source.first.kind == "castor":
        from warehouse.proposals.castor_source import castor_fields

        return castor_fields(source, dictionaries, notes)
    return Fields(source, {name: (title,) for name in source.header if (title := source.title(name))})


def _check(text: str, site: str, sources: Sequence[SiteSource]) -> None:
    """Raise RegistryError if the proposal is no site.toml that the registry takes, or does not fit the files."""
    mapping = parse(text, site).mapping
    if mapping is None:
        return
    headers = {
        source.name: [[*source.header, *(n for look in source.looks for n in look.header)]] for source in sources
    }
    feeds = [
        feed for source in sources for look in source.looks for feed in mapping.feeds(source.folder, look.file_name)
    ]
    check_columns(site, headers, feeds)


def _files(site_folder: Path, notes: list[str]) -> Iterator[Path]:
    """Yield the files of the site's folders, and those beside them, by name; what is not read is noted."""
    for entry in _entries(site_folder, site_folder, notes):
        if entry.name in (SITE_FILE, ANSWERS) or entry.name.endswith(QUERY):
            continue
        if entry.is_file() or entry.is_dir() and (is_whole_study(entry) or is_open_export(entry)):
            yield entry
        elif entry.is_dir():
            for file in _entries(entry, site_folder, notes):
                if file.is_dir() and (is_whole_study(file) or is_export(file)):
                    yield file
                elif file.is_dir():
                    notes.append(f"{entry.name}/{shown(file.name)} is a folder within a folder, which is not read.")
                elif file.is_file():
                    yield file


def _entries(folder: Path, site_folder: Path, notes: list[str]) -> Iterator[Path]:
    """Yield what of a folder the registry would look at, by name."""
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(IGNORED_PREFIXES) or entry.name.endswith(IGNORED_SUFFIXES):
            continue
        if entry.name.encode("utf-8", "replace").decode() != entry.name:
            notes.append(f"The name of a file in {folder.name} is not UTF-8: rename it.")
        elif entry.is_symlink() and not entry.resolve().is_relative_to(site_folder.resolve()):
            notes.append(f"{shown(entry.name)} is a link out of the site's folder, which is not followed.")
        else:
            yield entry


def _tables(
    sources: Sequence[tuple[SiteSource, str | None]], feedings: Sequence[Feeding], notes: list[str]
) -> list[Table]:
    by_export = {name: chosen([one for one in feedings if one.export.name == name]) for name in ORDER}
    used = {
        source.name: [one for best, _ in by_export.values() for one in best if one.source.name == source.name]
        for source, _ in sources
    }
    decimal = {name: decimal_in(of_source) for name, of_source in used.items()}
    missing = {name: missing_in(of_source) for name, of_source in used.items()}
    words = {name: found.sure for name, found in missing.items()}
    exports: list[Table] = []
    for best, others in by_export.values():
        if best:
            exports += (own := export_tables(best, others, words, dict(decimal)))
            notes += [f"{other_columns(one)} They are not read." for one in others if not own]
    spoken_of = {one.source.name for best, _ in by_export.values() for one in best}
    parts = {one.source.name for _, others in by_export.values() for one in others if lacks(one)}
    whole = {one.source.name for _, others in by_export.values() for one in others if not lacks(one)}
    found = []
    for source, dictionary in sources:
        table = source_table(source, decimal[source.name], missing[source.name], dictionary, used[source.name])
        if table is None or source.name in parts - whole - spoken_of:
            continue
        if source.name not in spoken_of:
            table.question = NOT_FED.format(source.name)
        found.append(table)
    return [*found, *exports]


def _found(look: Look, source: SiteSource, feedings: Sequence[Feeding]) -> Found:
    own = [one for one in feedings if one.source.name == source.name]
    used = {match.name for one in own for match in one.matches.best.values()}
    used |= {name for one in own if one.block for name in one.block.taken(one.source.header)}
    return Found(
        f"{look.folder}/{look.file_name}",
        read_as(look),
        None if source.is_declared else look.source.n_records if len(source.looks) > 1 else source.n_rows,
        tuple(one.export.name for one in own),
        len(source.header),
        len(used),
    )


def read_as(look: Look) -> str:
    """Return in a few words how a table was read."""
    suffix = look.file_name.rsplit(".", 1)[-1].lower() if look.format == "statistics" else look.format
    parts: list[str] = [look.read_as or {"redcap": "REDCap export", "castor": "Castor export"}.get(look.kind, suffix)]
    if look.format == "csv" and not look.read_as:
        parts += [look.encoding.name, SIGNS.get(look.reading.delimiter or USUAL.get(look.kind, ","), "own sign")]
    if look.reading.sheet:
        parts.append(f"sheet {shown(look.reading.sheet)}")
    if look.reading.header_row > 1:
        parts.append(f"header in row {look.reading.header_row}")
    return ", ".join(parts)
