"""Looks at one file of a site: its format, encoding, delimiter, sheets and header rows. Rows are not read here."""

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import duckdb

from warehouse.proposals.encodings import Encoding, encoding_of, sample_of
from warehouse.proposals.header_rows import FEWEST_NAMES, LOOKED_AT_ROWS, Header, header_of_rows, header_of_text
from warehouse.proposals.study_files import (
    dictionary_kind,
    is_castor,
    is_project_without_records,
    open_study,
    with_options,
)
from warehouse.proposals.titles import is_known_title
from warehouse.readers.formats import WORKBOOKS, Format, format_of
from warehouse.readers.gzipped import unpack
from warehouse.readers.near_names import PERSONAL, shown
from warehouse.readers.open_file import open_source
from warehouse.readers.reading import AS_USUAL, Reading
from warehouse.readers.refusals import with_cure
from warehouse.readers.source import Source
from warehouse.readers.workbook.opened import WorkbookFormat, open_workbook
from warehouse.sources.castor.opening import DELIMITER
from warehouse.sources.castor.option_groups import OptionGroups
from warehouse.sources.fhir.files import looks_like_fhir
from warehouse.storage.errors import DeliveryRejected, RegistryError

HEAD_CHARS = 1 << 16
REDCAP_NAMES = ("redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance", "redcap_data_access_group")
REDCAP_LABELS = ("event name", "repeat instrument", "repeat instance", "data access group")
PERSONAL_SHEET = "The name of a sheet looks like personal data, so site.toml cannot name it. Rename the sheet."
STATUS, STATUS_LABEL = "_complete", "complete?"
FHIR = (
    'It is FHIR, which needs no mapping of columns: write kind = "fhir" as its source, and that source in each export '
    "that it has rows of (docs/sources/fhir.md)."
)
DECLARED = "data contract"
"""What a table is read as whose files have not come yet."""


@dataclass(frozen=True)
class Look:
    """A table that was found: one file, or one sheet of a workbook. `reading` is how it is read.

    `kind` is that of its source. `n_known` counts the names of its header that the dictionary of words knows. `forms`
    maps the fields of a whole Castor study to type and name of their form. `dictionary_of` is set for a file that holds
    a study's fields and no data: redcap or castor. `read_as` says what the file is if its format does not.
    """

    folder: str
    file_name: str
    format: Format
    reading: Reading
    source: Source
    kind: str = "table"
    encoding: Encoding = field(default_factory=lambda: Encoding("utf-8"))
    n_known: int = 0
    forms: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    dictionary_of: str | None = None
    read_as: str = ""

    @property
    def header(self) -> list[str]:
        """Return the names of the columns as delivered."""
        return self.source.header


@dataclass(frozen=True)
class Unread:
    """A file from which nothing is proposed, and why, without a value."""

    folder: str
    file_name: str
    reason: str


def look_at(con: duckdb.DuckDBPyConnection, file: Path, scratch: Path) -> list[Look | Unread]:
    """Return the tables of a file. Copies are written to `scratch`, which the caller deletes when all is done."""
    folder, name = file.parent.name, file.name
    try:
        path = _linked(file, scratch)
        if looks_like_fhir(path):
            return [Unread(folder, name, FHIR)]
        if is_project_without_records(path):
            return [Look(folder, name, "csv", AS_USUAL, Source([], ""), dictionary_of="redcap")]
        if (study := open_study(con, path)) is not None:
            found = Look(folder, name, "csv", AS_USUAL, study.source, study.kind, forms=study.forms)
            return [replace(found, read_as=study.read_as)]
        kind = format_of(path)
        if kind == "gzip":
            path = unpack(path)
            kind = format_of(path)
        if kind in WORKBOOKS:
            return _look_at_sheets(con, path, folder, name, cast(WorkbookFormat, kind))
        return [_look_at_table(con, path, folder, name, kind)]
    except DeliveryRejected as rejection:
        return [Unread(folder, name, with_cure(rejection))]
    except (RegistryError, duckdb.Error, OSError, ImportError, UnicodeError) as error:
        return [Unread(folder, name, f"It cannot be read ({type(error).__name__}).")]


def _linked(file: Path, scratch: Path) -> Path:
    """Return the file under a plain name in a folder of its own, where readers may write copies beside it."""
    number = len(list(scratch.iterdir()))
    own = scratch / str(number)
    own.mkdir(mode=0o700)
    path = own / f"delivery{''.join(re.findall(r'[.][A-Za-z0-9]+', file.name)[-2:])}"
    try:
        os.symlink(file.absolute(), path)
    except OSError:  # systems without links
        shutil.copyfile(file, path)
    return path


def _look_at_table(con: duckdb.DuckDBPyConnection, path: Path, folder: str, name: str, kind: Format) -> Look:
    if kind != "csv":
        source = open_source(con, path)
        return Look(folder, name, kind, AS_USUAL, source, n_known=_n_known(source))
    content = sample_of(path)
    encoding = encoding_of(content)
    text = content.decode(encoding.name, "replace")[:HEAD_CHARS].lstrip("\ufeff")
    header = header_of_text(text)
    if (first := header_of_text(text.partition("\n")[0])) and dictionary_kind(first.names):
        header = first
    reading = replace(AS_USUAL, encoding=encoding.name)
    if header is not None:
        is_usual = header.delimiter == ","
        reading = replace(reading, header_row=header.row, delimiter=None if is_usual else header.delimiter)
    source = open_source(con, path, reading)
    known = header.n_known if header else 0
    if known >= FEWEST_NAMES:
        encoding = replace(encoding, doubts=())  # its names are words of the dictionary
    if (of := dictionary_kind(source.header)) is not None:
        return Look(folder, name, kind, reading, source, "table", encoding, known, dictionary_of=of)
    its_kind = kind_of(source.header)
    if its_kind == "castor":
        reading = replace(reading, delimiter=None if reading.delimiter == DELIMITER else reading.delimiter)
        source = with_options(source, OptionGroups())
    return Look(folder, name, kind, reading, source, its_kind, encoding, known)


def _look_at_sheets(
    con: duckdb.DuckDBPyConnection, path: Path, folder: str, name: str, kind: WorkbookFormat
) -> list[Look | Unread]:
    """Return the tables of a workbook's visible sheets that have a header, or why there are none."""
    found: list[Look | Unread] = []
    with open_workbook(path, kind) as book:
        sheets = [(sheet, _first_rows(book.rows(sheet))) for sheet in book.sheets if sheet.is_visible]
    filled = [(sheet, rows) for sheet, rows in sheets if rows]
    for number, (sheet, rows) in enumerate(filled):
        header = header_of_rows(rows)
        if header is None:
            continue
        is_first_row = header.row == rows[0][0]
        reading = Reading(sheet=sheet.name if len(filled) > 1 else None, header_row=1 if is_first_row else header.row)
        if reading.sheet is not None and shown(sheet.name) == PERSONAL:
            found.append(Unread(folder, name, PERSONAL_SHEET))
            continue
        own = path.parent / f"sheet{number}"
        own.mkdir(mode=0o700)
        copy = own / path.name
        os.symlink(path.resolve(), copy)
        try:
            found.append(_of_sheet(con, copy, folder, name, kind, reading, header))
        except DeliveryRejected as rejection:
            found.append(Unread(folder, f"{name}, sheet {shown(sheet.name)}", with_cure(rejection)))
    return found or [Unread(folder, name, "No visible sheet has a header.")]


def _of_sheet(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    folder: str,
    name: str,
    kind: Format,
    reading: Reading,
    header: Header,
) -> Look:
    source = open_source(con, path, reading)
    return Look(folder, name, kind, reading, source, n_known=header.n_known)


def _first_rows(rows) -> list[tuple[int, list[str]]]:
    """Return the first rows of a sheet that have cells, with their numbers."""
    found = []
    for number, cells in rows:
        if any(cell.strip() for cell in cells):
            found.append((number, list(cells)))
        if len(found) == LOOKED_AT_ROWS:
            break
    return found


def _n_known(source: Source) -> int:
    """Return how many columns of a file with names of its own are known, by name or title."""
    found = header_of_rows([(1, source.header)])
    return (found.n_known if found else 0) + sum(is_known_title(title) for title in source.titles.values())


def kind_of(header: Sequence[str]) -> str:
    """Return the kind of source by a header: own columns of Castor or REDCap, status of REDCap's forms; or a table."""
    if is_castor(header):
        return "castor"
    names = [name.strip().casefold() for name in header]
    has_own = any(name in REDCAP_NAMES for name in names) or sum(name in REDCAP_LABELS for name in names) > 1
    n_status = sum(name.endswith(STATUS) or name == STATUS_LABEL for name in names)
    return "redcap" if has_own or (n_status and (names[0] == "record_id" or names[0] == "record id")) else "table"
