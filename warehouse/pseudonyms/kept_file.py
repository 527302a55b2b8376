"""Makes what is kept of a delivered file under pseudonyms: of a table its rows, of an answered sheet its lines."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from schemas.exports import ANSWERS, EXPORTS
from warehouse.pseudonyms import sealed
from warehouse.pseudonyms.terms import Terms
from warehouse.pseudonyms.veil import veil_rows
from warehouse.pseudonyms.veil_sheet import Veiler, veil_lines
from warehouse.readers import refusals
from warehouse.readers.answered_sheet import write_kept
from warehouse.redaction.delivered_file import DeliveredFile
from warehouse.redaction.erasure_list import ErasedList
from warehouse.redaction.redact_file import lines_of_sheet, rest_of
from warehouse.storage.connection import define_terms, settings
from warehouse.storage.errors import DeliveryRejected, RowsUnknown
from warehouse.storage.faults import NO_MEMORY, says_nothing_of_the_file
from warehouse.storage.home import Home
from warehouse.storage.pseudonym_key import PseudonymKey, set_variables

KEPT_NAME = "veiled"
WAITS = "The file waits, because it is not known which of its cells are identifiers."


@dataclass(frozen=True)
class Rest:
    """What is kept of a file: `path` to it and whose its pseudonyms are, or None and the `reason`; `rows` are out."""

    path: Path | None
    names: pl.DataFrame
    reason: str | None = None
    rows: int = 0


def veiled(home: Home, key: PseudonymKey, path: Path, file: DeliveredFile, terms: Terms, is_kept: bool = False) -> Rest:
    """Write what is kept of the file at `path` beside it; `is_kept`: an erasure left it.

    Raises RowsUnknown if it must wait.
    """
    try:
        if file.is_sheet:
            return _sheet(key, path, file, terms, is_kept)
        return _rows(home, key, path, file, terms, is_kept)
    except DeliveryRejected as rejection:
        reason = refusals.with_cure(rejection)
    except Exception as error:
        if says_nothing_of_the_file(error) or isinstance(error, NO_MEMORY):
            raise
        reason = f"The file could not be read ({type(error).__name__}). Correct it and deliver it again."
    if file.is_mapped or file.export not in (*EXPORTS, ANSWERS):
        raise RowsUnknown(f"{reason} {WAITS}")
    return Rest(None, pl.DataFrame(schema=sealed.NAMES), reason)


def _sheet(key: PseudonymKey, path: Path, file: DeliveredFile, terms: Terms, is_kept: bool) -> Rest:
    veiler, target = Veiler(key, file.site), path.with_name(KEPT_NAME)
    write_kept(target, veil_lines(veiler, lines_of_sheet(path, file.site, is_kept), terms))
    return Rest(target, veiler.names)


def _rows(home: Home, key: PseudonymKey, path: Path, file: DeliveredFile, terms: Terms, is_kept: bool) -> Rest:
    target = path.with_name(KEPT_NAME)
    with duckdb.connect(config=settings(home.scratch)) as con:
        con.execute("SET threads = 1")  # one thread numbers the lines of a file, others would wait for it
        define_terms(con)
        set_variables(con, key)
        names = veil_rows(con, path, file, terms, target, key, is_kept)
        listed = ErasedList(home)
        if file.site not in listed.sites:
            return Rest(target, names)
        whose = dict(names.iter_rows())
        rest = rest_of(con, target, file, lambda ids: _erased(listed, file.site, ids, whose), is_kept=True)
    if rest is None:
        return Rest(target, names)
    left = names if rest.path is None else sealed.names_in(rest.path, names)
    return Rest(rest.path, left, rest.reason, rest.rows)


def _erased(listed: ErasedList, site: str, ids: Iterable[str], whose: dict[str, str]) -> set[str]:
    """Return those pseudonyms whose patient was erased, under whatever key."""
    return {one for one in ids if listed.among(site, {one, whose.get(one, one)})}
