"""Writes what may be kept of a delivered file, without the rows of erased patients.

A row belongs to the patient if its patient_id, trimmed, is theirs in any export that the file feeds; a line of an
answered query sheet, if its key begins with it. Comments on other lines no longer name the patient. A file stays as it
is if everything in it was read: a text, NDJSON or Parquet file from its first row on. Of others (workbooks, whose other
sheets, notes and history nobody reads, files of statistics programs, texts with a title above the header) the archive
keeps only the rows that were read, once a site has an erased patient; and nothing of files that cannot be read, because
it is unknown whose rows they hold.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from warehouse.readers import refusals
from warehouse.readers.answered_sheet import AnsweredLine, read_sheet
from warehouse.readers.answered_sheet import read_kept as read_kept_lines
from warehouse.readers.answered_sheet import write_kept as write_kept_lines
from warehouse.readers.formats import NO_HEADER_ROW, ROWS_ALONE, Format, format_within
from warehouse.readers.redacted import Part, kept_parts, write_kept
from warehouse.readers.rejecting import rejecting
from warehouse.redaction.delivered_file import DeliveredFile
from warehouse.redaction.erasure_list import prefixes
from warehouse.redaction.whose_rows import Match, Tables, find_rows, is_theirs, read_tables
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.faults import NO_MEMORY, says_nothing_of_the_file

KEPT_NAME = "kept"
ERASED_WORD = "(erased)"
WORD, ROUND_A_WORD = re.compile(r"\S+"), ".,;:!?()[]\"'"


@dataclass(frozen=True)
class Rest:
    """What may be kept of a file: `path` to it, or None if it cannot be read for `reason`; `rows` were removed.

    `unknown` says why it is not known of a part of the file whose rows it holds, so that the part is not kept.
    """

    rows: int
    path: Path | None = None
    reason: str | None = None
    unknown: str | None = None


def rest_of(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    file: DeliveredFile,
    match: Match,
    is_kept: bool,
    spares_unread: bool = False,
) -> Rest | None:
    """Write what may be kept of the file beside it and return a Rest, or None if the file can stay as it is.

    `is_kept` says that the file already is such a rest. Its parts that nothing reads any more are removed, or left as
    they are with `spares_unread`.
    """
    try:
        if file.is_sheet:
            return _rest_of_sheet(path, file.site, match, is_kept)
        return _rest_of_rows(con, path, file, match, is_kept, spares_unread)
    except DeliveryRejected as rejection:
        return Rest(0, None, refusals.with_cure(rejection))
    except Exception as error:
        if says_nothing_of_the_file(error) or isinstance(error, NO_MEMORY):
            raise
        return Rest(0, None, f"The file could not be read ({type(error).__name__}). Correct it and deliver it again.")


def _rest_of_rows(
    con: duckdb.DuckDBPyConnection, path: Path, file: DeliveredFile, match: Match, is_kept: bool, spares_unread: bool
) -> Rest | None:
    tables = read_tables(con, path, file, is_kept)
    found = find_rows(con, tables, match)
    unread = _unread_parts(con, path, tables) if is_kept else []
    stays = (spares_unread or not unread) if is_kept else _is_wholly_read(tables)
    if not found.rows and stays:
        return None
    is_text = any(part.is_text for part in kept_parts(con, path)) if is_kept else _format(tables) == "csv"
    parts = [Part(part.reading, part.source, is_text) for part in tables.parts]
    where = [f"NOT {is_theirs(number)}" for number in range(len(parts))]
    if spares_unread:
        parts, where = parts + unread, where + ["true"] * len(unread)
    target = path.with_name(KEPT_NAME)
    with rejecting():
        write_kept(con, parts, where, target)
    return Rest(found.rows, target, unknown=refusals.with_cure(tables.unknown) if tables.unknown else None)


def _unread_parts(con: duckdb.DuckDBPyConnection, path: Path, tables: Tables) -> list[Part]:
    """Return the kept parts of a file of which it is not known any more whose rows they hold."""
    read = [(one.reading, one.source.read_for) for one in tables.parts]
    return [
        part
        for part in kept_parts(con, path)
        if not any(part.is_read_by(reading) and part.source.read_for == feed for reading, feed in read)
    ]


def _is_wholly_read(tables: Tables) -> bool:
    """Return whether nothing of the file is outside the rows that were read."""
    kind = _format(tables)
    is_first = kind in NO_HEADER_ROW or any(part.reading.header_row == 1 for part in tables.parts)
    return kind in ROWS_ALONE and is_first and not any(part.source.about for part in tables.parts)


def _format(tables: Tables) -> Format | None:
    return format_within(tables.parts[0].path)


def _rest_of_sheet(path: Path, site: str, match: Match, is_kept: bool) -> Rest | None:
    lines = lines_of_sheet(path, site, is_kept)
    gone = lines_of_patients(lines, match)
    kept = [_without_names(line, match) for line in lines if line not in gone]
    if is_kept and kept == lines:
        return None
    target = path.with_name(KEPT_NAME)
    write_kept_lines(target, kept)
    return Rest(len(gone), target)


def _without_names(line: AnsweredLine, match: Match) -> AnsweredLine:
    """Return the line with a comment that names none of the patients whom `match` finds."""
    words = {word for found in WORD.findall(line.comment) for word in (found, found.strip(ROUND_A_WORD))}
    comment = line.comment
    for patient in sorted(match(words), key=len, reverse=True):
        comment = re.sub(rf"(?<![\w-]){re.escape(patient)}(?![\w-])", ERASED_WORD, comment)
    return replace(line, comment=comment)


def lines_of_sheet(path: Path, site: str, is_kept: bool) -> list[AnsweredLine]:
    """Return the answered lines of a sheet, or of what was kept of one."""
    return read_kept_lines(path) if is_kept else read_sheet(path, site)


def lines_of_patients(lines: list[AnsweredLine], match: Match) -> list[AnsweredLine]:
    """Return the lines about the patients whom `match` finds."""
    found = match(prefixes(line.key for line in lines))
    return [line for line in lines if prefixes([line.key]) & found]
