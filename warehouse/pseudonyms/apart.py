"""Gives a file its pseudonyms so that a crash of its reader harms no other file.

Plain text and Parquet are read in this process, which costs less; while that goes on, a note lies in warehouse/. If the
process dies meanwhile, the next one finds the note and reads the file in its own process, as workbooks and files
of statistics programs are read at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from schemas.exports import ANSWERS, EXPORTS
from warehouse.pseudonyms.kept_cells import NAMES
from warehouse.pseudonyms.kept_file import WAITS, Rest, veiled
from warehouse.pseudonyms.terms import Terms
from warehouse.readers.formats import ROWS_ALONE, format_within
from warehouse.redaction.delivered_file import DeliveredFile
from warehouse.storage.errors import DeliveryRejected, RowsUnknown
from warehouse.storage.faults import says_nothing_of_the_file
from warehouse.storage.home import Home
from warehouse.storage.own_process import Answer, NotRead, asked, serve
from warehouse.storage.pseudonym_key import VARIABLE, PseudonymKey, find_key

NOTE = "taking-"
VEILED, UNKNOWN_ROWS, FAULT = "veiled", "rows unknown", "fault"


def veiled_apart(
    home: Home, key: PseudonymKey, path: Path, file: DeliveredFile, terms: Terms, is_kept: bool = False
) -> Rest:
    """Do what `veiled` does, in a process of its own if a crash is to be feared. Raises RowsUnknown if it must wait."""
    note = _note(home, file)
    if not (note.exists() or _is_foreign(path)):
        with _noted(note):
            return veiled(home, key, path, file, terms, is_kept)
    try:
        kind, said = asked(__name__, (home.root, path, file, terms, is_kept), {VARIABLE: key.secret.hex()})
    except NotRead as failure:
        note.unlink(missing_ok=True)
        reason = f"The file could not be loaded, even in its own process: {failure.why}. Deliver a corrected file."
        if file.is_mapped or file.export not in (*EXPORTS, ANSWERS):
            raise RowsUnknown(f"{reason} {WAITS}") from None
        return Rest(None, pl.DataFrame(schema=NAMES), reason)
    if kind == FAULT:  # of the machine: here it is raised as what it is
        return veiled(home, key, path, file, terms, is_kept)
    note.unlink(missing_ok=True)
    if kind == UNKNOWN_ROWS:
        raise RowsUnknown(*said)
    return said


def _is_foreign(path: Path) -> bool:
    try:
        return format_within(path) not in (*ROWS_ALONE, "gzip")
    except DeliveryRejected:
        return False


def _note(home: Home, file: DeliveredFile) -> Path:
    first = file.deliveries[0]
    name = "\0".join((first.site, first.folder, first.file_name))
    return home.warehouse / f"{NOTE}{sha256(name.encode()).hexdigest()[:16]}"


@contextmanager
def _noted(note: Path) -> Iterator[None]:
    """Keep a note while the block runs; it stays if the process dies or DuckDB becomes unusable."""
    note.touch()
    try:
        yield
    except duckdb.FatalException:
        raise
    except BaseException:
        note.unlink(missing_ok=True)
        raise
    note.unlink(missing_ok=True)


def _answer(given: Any) -> Answer:
    root, path, file, terms, is_kept = given
    home = Home(root)
    key = find_key(home)
    assert key is not None
    try:
        return VEILED, veiled(home, key, path, file, terms, is_kept)
    except RowsUnknown as unknown:
        return UNKNOWN_ROWS, (unknown.message, unknown.cure)
    except Exception as error:
        if says_nothing_of_the_file(error):
            return FAULT, None
        raise


if __name__ == "__main__":
    serve(_answer)
