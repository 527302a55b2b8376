"""Recognises files and folders of FHIR, and what a site.toml says of them: which exports have rows in them.

What FHIR says needs no mapping. What it has no element for, and which of several numbers is the patient's, is asked.
"""

import gzip
import re
import shutil
import zipfile
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.intake import bulk_folders
from warehouse.proposals.entry import Entry, Question, Table
from warehouse.proposals.site_sources import free_name
from warehouse.sources.fhir.codes import OWN
from warehouse.sources.fhir.files import LOOKED_AT_BYTES, begins_as_fhir, is_read
from warehouse.sources.fhir.flat import COLUMNS, open_flat
from warehouse.storage.packed_folder import delivered_chunks, files_within

EXPORTS_FED = ("patients", "rfa_sessions", "genotypes", "imaging_followups", "treatments")
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
READ_AS = "FHIR R4"
MOST_CODES, MOST_IDENTIFIERS = 10, 5
CODE = "[A-Za-z0-9.:/-]*[0-9][A-Za-z0-9.:/-]*"
IDENTIFIER = re.compile(r"identifier (https?://\S+|urn:\S+|type [A-Z]{1,8})")
"""What looks like a code or the name of an identifier, and not like words of a person."""
OURS = f"identifier {OWN}"
"""How an identifier begins that our own export wrote, which counts in any case."""
WHICH_NUMBER = (
    "The patient is called by the id on the server. If a number is meant instead, take the same one in every export; "
    "the others are not read."
)
CONTRAST = "No element says whether contrast was given. If it always was, take this."
NO_ABLATION = (
    "No procedure is known as an ablation of the liver. If those with some of these codes are, take these lines and "
    "remove the other codes."
)


@dataclass(frozen=True)
class FhirFile:
    """A delivery of FHIR: how many of its rows are of each export, and what has to be asked of it.

    `identifiers` are the columns of the patients' numbers, `procedures` the most frequent codes of procedures that no
    export takes, and `lacks_contrast` says that exams are among the rows and contrast is not said.
    """

    folder: str
    file_name: str
    n_rows: int
    exports: dict[str, int]
    identifiers: tuple[str, ...]
    procedures: tuple[str, ...]
    lacks_contrast: bool


def is_export(folder: Path) -> bool:
    """Return whether the folder holds resources of FHIR, and no table besides."""
    try:
        names = [(name, Path(entry.path)) for name, entry in files_within(folder)]
        return any(is_read(name) and _begins(path) for name, path in names)
    except (OSError, EOFError, zlib.error):
        return False


def is_open_export(folder: Path) -> bool:
    """Return whether all files that lie in a source's folder are one export."""
    return bulk_folders.lies_open(folder)


def is_fhir(path: Path, site_folder: Path) -> bool:
    """Return whether a file or folder of the site is a delivery of FHIR."""
    if path.is_dir():
        return is_open_export(path) if path.parent == site_folder else is_export(path)
    if path.parent == site_folder:
        return False
    try:
        return _begins(path)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError):
        return False


def _begins(path: Path) -> bool:
    with open(path, "rb") as file:
        start = file.read(LOOKED_AT_BYTES)
    if start.startswith(GZIP):
        with gzip.open(path, "rb") as packed:
            start = packed.read(LOOKED_AT_BYTES)
    elif start.startswith(ZIP):
        with zipfile.ZipFile(path) as parts:
            names = [name for name in parts.namelist() if is_read(name) and not name.lower().endswith(".gz")]
            return any(begins_as_fhir(_start_of(parts, name)) for name in names[:MOST_CODES])
    return begins_as_fhir(start)


def _start_of(parts: zipfile.ZipFile, name: str) -> bytes:
    with parts.open(name) as file:
        return file.read(LOOKED_AT_BYTES)


def look_at_fhir(con: duckdb.DuckDBPyConnection, path: Path, site_folder: Path, scratch: Path) -> FhirFile:
    """Return what is in a delivery. Raises DeliveryRejected if it is no FHIR R4. Copies are written to `scratch`."""
    own = scratch / f"fhir-{len(list(scratch.iterdir()))}"
    own.mkdir(mode=0o700)
    copy = own / "delivery"
    if path.is_dir():
        with open(copy, "wb") as sink:
            sink.writelines(delivered_chunks(path))
    else:
        try:
            copy.symlink_to(path.absolute())
        except OSError:  # systems without links
            shutil.copyfile(path, copy)
    source = open_flat(con, copy)
    place = {name: f"c{i}" for i, name in enumerate(source.header)}
    counts = con.execute(
        f"SELECT {place['instrument']}, count(*), count({place['contrast_enhanced']}) FROM {source.relation} "  # noqa: S608 (own names)
        f"GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    codes = con.execute(
        f"SELECT {place['code']} FROM {source.relation} WHERE {place['resource']} = 'Procedure' "  # noqa: S608
        f"AND {place['instrument']} IS NULL AND {place['state']} IS NULL "
        f"AND regexp_full_match({place['code']}, '{CODE}') "
        f"GROUP BY ALL ORDER BY count(*) DESC, 1 LIMIT {MOST_CODES}"
    ).fetchall()
    found = {name: n for name, n, _ in counts}
    exports = {name: found[name] for name in EXPORTS_FED if name in found}
    with_contrast = {name: n for name, _, n in counts}
    is_open = path.is_dir() and path.parent == site_folder
    return FhirFile(
        path.name if is_open else path.parent.name,
        path.name,
        sum(n for _, n, _ in counts),
        exports,
        tuple(n for n in source.header[len(COLUMNS) :] if IDENTIFIER.fullmatch(n) and not n.startswith(OURS)),
        tuple(code for (code,) in codes),
        "imaging_followups" in exports and not with_contrast["imaging_followups"],
    )


def fhir_tables(files: Sequence[FhirFile], taken: set[str], fed: Collection[str]) -> list[Table]:
    """Return the tables of the sources, and of the exports that have rows unless another source feeds them already.

    `taken` are names of other sources, `fed` the exports of those.
    """
    names: dict[str, str] = {}
    for file in files:
        if file.folder not in names:
            names[file.folder] = free_name(file.folder, {*taken, *names.values()})
    tables = [
        Table(f"[sources.{name}]", [Entry("kind", "fhir"), *([Entry("folder", folder)] if folder != name else [])])
        for folder, name in names.items()
    ]
    for export in EXPORTS_FED:
        feeding = [file for file in files if file.exports.get(export)]
        if export in fed:
            continue
        if feeding:
            tables += _export(export, feeding, _sources(feeding, names))
        elif export == "rfa_sessions" and (codes := [code for file in files for code in file.procedures]):
            those = [file for file in files if file.procedures]
            where = {"code": list(dict.fromkeys(codes))[:MOST_CODES]}
            source = Entry("source", _sources(those, names))
            entries = [source, Entry("instrument", "Procedure"), Entry("where", where)]
            tables.append(Table(f"[exports.{export}]", entries, question=NO_ABLATION))
    return tables


def _sources(files: Sequence[FhirFile], names: dict[str, str]) -> str | list:
    found = list(dict.fromkeys(names[file.folder] for file in files))
    return found[0] if len(found) == 1 else found


def _export(export: str, files: Sequence[FhirFile], source: str | list) -> list[Table]:
    columns = Table(f"[exports.{export}.columns]")
    identifiers = list(dict.fromkeys(name for file in files for name in file.identifiers))[:MOST_IDENTIFIERS]
    if identifiers:
        answers = tuple(("patient_id", name) for name in identifiers)
        columns.entries.append(Entry("patient_id", questions=(Question(WHICH_NUMBER, answers),)))
    if export == "imaging_followups" and any(file.lacks_contrast for file in files):
        given = (("contrast_enhanced", {"value": "yes"}),)
        columns.entries.append(Entry("contrast_enhanced", questions=(Question(CONTRAST, given),)))
    return [Table(f"[exports.{export}]", [Entry("source", source)]), *([columns] if columns.entries else [])]
