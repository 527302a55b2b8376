"""Writes what may be kept of a delivered file, without the rows of erased patients.

A row belongs to the patient if its patient_id, trimmed, is theirs; a line of an answered query sheet, if its key begins
with it. Once a site has an erased patient, the archive keeps only the rows that were read from the site's workbooks
and statistics files, and nothing of files that cannot be read, because it is unknown whose rows the rest contains.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from schemas.exports import ANSWERS, EXPORTS
from warehouse.readers import refusals
from warehouse.readers.answered_sheet import AnsweredLine, read_sheet
from warehouse.readers.answered_sheet import read_kept as read_kept_lines
from warehouse.readers.answered_sheet import write_kept as write_kept_lines
from warehouse.readers.cells import patient_cell
from warehouse.readers.formats import ROWS_ALONE, format_within
from warehouse.readers.open_file import open_source
from warehouse.readers.redacted import open_kept, write_kept
from warehouse.readers.rejecting import rejecting
from warehouse.readers.source import Source
from warehouse.redaction.erasure_list import prefixes
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.faults import NO_MEMORY, says_nothing_of_the_file

Match = Callable[[Iterable[str]], set[str]]
"""Selects, from these patient ids of the site, those of the patients to be erased."""
KEPT_NAME = "kept"


@dataclass(frozen=True)
class Rest:
    """What may be kept of a file: `path` to it, or None if it cannot be read for `reason`; `rows` were removed."""

    rows: int
    path: Path | None = None
    reason: str | None = None


def rest_of(con: duckdb.DuckDBPyConnection, path: Path, export: str, site: str, match: Match, is_kept: bool):
    """Write what may be kept of the file beside it and return a Rest, or None if the file can stay as it is.

    `is_kept` says that the file already is such a rest.
    """
    try:
        if export == ANSWERS:
            return _rest_of_sheet(path, site, match, is_kept)
        return _rest_of_rows(con, path, export, match, is_kept)
    except DeliveryRejected as rejection:
        return Rest(0, None, refusals.with_cure(rejection))
    except Exception as error:
        if says_nothing_of_the_file(error) or isinstance(error, NO_MEMORY):
            raise
        return Rest(0, None, f"The file could not be read ({type(error).__name__}). Correct it and deliver it again.")


def _rest_of_rows(con: duckdb.DuckDBPyConnection, path: Path, export: str, match: Match, is_kept: bool) -> Rest | None:
    source = open_kept(con, path) if is_kept else open_source(con, path)
    cell = patient_cell(EXPORTS[export], source.header)
    found = patients_in(con, source, cell, match)
    if not found and (is_kept or format_within(path) in ROWS_ALONE):
        return None
    with rejecting(), _listed(con, found):
        target = path.with_name(KEPT_NAME)
        write_kept(con, source, f"coalesce({cell} NOT IN (FROM erased_ids), true)", target)
        row = con.execute(
            f"SELECT count(*) FROM {source.relation} WHERE {cell} IN (FROM erased_ids)"  # noqa: S608 (own text)
        ).fetchone()
    return Rest(int(row[0]) if row else 0, target)


def patients_in(con: duckdb.DuckDBPyConnection, source: Source, cell: str, match: Match) -> set[str]:
    """Return those of the source's patients whom `match` finds; `cell` is SQL for the trimmed patient_id."""
    with rejecting():
        ids = con.execute(f"SELECT DISTINCT {cell} AS p FROM {source.relation} WHERE p IS NOT NULL").fetchall()  # noqa: S608
    return match(p for (p,) in ids)


class _listed:
    """Provides the ids as the relation erased_ids inside the block."""

    def __init__(self, con: duckdb.DuckDBPyConnection, ids: set[str]):
        self._con, self._ids = con, ids

    def __enter__(self) -> None:
        self._con.register("erased_ids", pl.DataFrame({"p": sorted(self._ids)}, schema={"p": pl.String}).to_arrow())

    def __exit__(self, *_) -> None:
        self._con.unregister("erased_ids")


def _rest_of_sheet(path: Path, site: str, match: Match, is_kept: bool) -> Rest | None:
    lines = lines_of_sheet(path, site, is_kept)
    gone = lines_of_patients(lines, match)
    if is_kept and not gone:
        return None
    target = path.with_name(KEPT_NAME)
    write_kept_lines(target, [line for line in lines if line not in gone])
    return Rest(len(gone), target)


def lines_of_sheet(path: Path, site: str, is_kept: bool) -> list[AnsweredLine]:
    """Return the answered lines of a sheet, or of what was kept of one."""
    return read_kept_lines(path) if is_kept else read_sheet(path, site)


def lines_of_patients(lines: list[AnsweredLine], match: Match) -> list[AnsweredLine]:
    """Return the lines about the patients whom `match` finds."""
    found = match(prefixes(line.key for line in lines))
    return [line for line in lines if prefixes([line.key]) & found]
