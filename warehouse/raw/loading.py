"""Loads from the archive the arrivals that the build database lacks: large files in parallel, the others one by one.

Each arrival is its own transaction, so the order changes no table, and a crash loses no arrival. An arrival that fails
is tried again, after all others, in its own process; if it fails there too, it is set aside by name. An arrival during
which an earlier refresh died is tried only in its own process; a note in warehouse/ records it.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb

from schemas.exports import ANSWERS, EXPORTS
from warehouse.archive.archive import Archive
from warehouse.archive.arrivals import Arrival
from warehouse.raw import tables
from warehouse.raw.answers import create_table, insert, load_answers
from warehouse.raw.changed_mappings import take_out_others
from warehouse.raw.merged import follow_merges
from warehouse.raw.read_in_own_process import NotRead, read_in_own_process
from warehouse.raw.screen_again import screened_deliveries
from warehouse.raw.set_aside import STATUS, follow_decisions
from warehouse.raw.veil_again import restored
from warehouse.readers.answered_sheet import read_kept
from warehouse.readers.formats import WORKBOOKS, suffix_format
from warehouse.sources.deliveries import arrival_no, dictionaries_of
from warehouse.storage.connection import one_thread, table_exists
from warehouse.storage.errors import ArchiveDamaged
from warehouse.storage.faults import NO_MEMORY, says_nothing_of_the_file
from warehouse.storage.home import Home
from warehouse.storage.sql_files import sql_text

LARGE_BYTES = 1 << 24
MOST_AT_ONCE = 4
"""Regardless of the number of processors, because each file takes about 100 MB."""
READ_ALONE = (*WORKBOOKS, "statistics")
"""Formats that are not read in parallel: Python reads them, so a second thread would wait for the first."""
NOTE = "loading-"
Say = Callable[[str], None]
Problems = list[tuple[str, str]]


def load_waiting(con: duckdb.DuckDBPyConnection, archive: Archive, say: Say = lambda _: None) -> Problems:
    """Load every arrival that the build database lacks, and return damaged archived files as (place, sentence).

    An arrival that fails because of its file is set aside; faults of the machine are raised.
    """
    deliveries = screened_deliveries(con, archive, say)
    take_out_others(con, deliveries)
    follow_merges(con, archive, say)
    follow_decisions(con, archive, deliveries, say)
    loaded = tables.loaded_numbers(con)
    waiting = [a for a in deliveries if a.load_no not in loaded]
    died = {a.load_no for a in waiting if _note(archive.home, a).exists()}
    first = [a for a in waiting if a.load_no not in died]
    tries = _Tries(archive, say)
    with one_thread(con):  # which numbers a file's lines
        _side_by_side(con, tries, [a for a in first if _is_large(a)])
        for arrival in first:
            if not _is_large(arrival):
                tries.first(con, arrival)
    for arrival in waiting:
        if arrival.load_no in died or arrival.load_no in tries.failed:
            tries.alone(con, arrival)
    return tries.problems


def is_of_another_archive(con: duckdb.DuckDBPyConnection, archive: Archive) -> bool:
    """Return whether the build database has a load whose number the archive lacks or gives to another arrival.

    This happens if the archive's log was lost or cut off and the files in landing/ arrived again in another order.
    """
    if not table_exists(con, "meta", "deliveries"):
        return False
    known = {(a.load_no, a.site, a.file_name, a.sha256) for a in archive.arrivals}
    loaded = con.execute("SELECT load_no, site, file_name, sha256 FROM meta.deliveries").fetchall()
    return not known.issuperset((arrival_no(load_no), *rest) for load_no, *rest in loaded)


def died_while_loading(home: Home) -> bool:
    """Return whether a load crashed its process or its database. The next refresh tries that delivery alone."""
    return any(home.warehouse.glob(f"{NOTE}*"))


def recorded_as_set_aside(home: Home) -> set[int]:
    """Return the load numbers of set-aside arrivals, or none if the build database cannot be opened now."""
    try:
        with duckdb.connect(str(home.build_database), read_only=True) as con:
            rows = con.execute("SELECT load_no FROM meta.deliveries WHERE status = ?", [STATUS]).fetchall()
            return {load_no for (load_no,) in rows}
    except duckdb.Error:
        return set()


class _Tries:
    """The attempts of one refresh: which arrivals failed at first, and which files are damaged in the archive."""

    def __init__(self, archive: Archive, say: Say):
        self._archive, self._say = archive, say
        self.failed: set[int] = set()
        self.problems: Problems = []

    def first(self, con: duckdb.DuckDBPyConnection, arrival: Arrival) -> None:
        """Load the arrival in this process. Add it to `failed` if its file may be the cause of a failure."""
        self._say(f"loading {arrival.site}/{arrival.export}/{arrival.delivery}")
        try:
            with _noted(self._archive.home, arrival):
                self._healed(arrival, lambda one: _load(con, self._archive, one))
        except NO_MEMORY:
            self.failed.add(arrival.load_no)
        except Exception as error:
            if says_nothing_of_the_file(error):
                raise
            self.failed.add(arrival.load_no)

    def alone(self, con: duckdb.DuckDBPyConnection, arrival: Arrival) -> None:
        """Read the arrival in its own process and load the rows from there. Set it aside if either fails."""
        place = f"{arrival.site}/{arrival.export}/{arrival.delivery}"
        self._say(f"trying {place} alone")
        try:
            self._healed(arrival, lambda one: _load_alone(con, self._archive, one))
        except NotRead as failure:
            _set_aside(con, arrival, failure.why)
        except NO_MEMORY:
            _set_aside(con, arrival, "it needs more memory than is available")
        except Exception as error:
            if says_nothing_of_the_file(error):
                raise
            _set_aside(con, arrival, f"storing its rows fails ({type(error).__name__})")
        _note(self._archive.home, arrival).unlink(missing_ok=True)

    def _healed(self, arrival: Arrival, load: Callable[[Arrival], None]) -> None:
        """Load the arrival. If its archived file is damaged, restore it from landing/, or else report a problem."""
        try:
            load(arrival)
        except ArchiveDamaged as damage:
            if self._archive.heal(arrival):
                load(arrival)
            elif (again := restored(self._archive, arrival)) is not None:
                load(again)
            else:
                self.problems.append((f"archive/{arrival.site}/{arrival.export}/{arrival.delivery}", str(damage)))


def _load(con: duckdb.DuckDBPyConnection, archive: Archive, arrival: Arrival) -> None:
    load = load_answers if arrival.export == ANSWERS else tables.load_arrival
    load(con, archive, arrival)


def _load_alone(con: duckdb.DuckDBPyConnection, archive: Archive, arrival: Arrival) -> None:
    """Load the arrival by way of its own process. Raises NotRead if that process fails."""
    create_table(con)

    def store() -> tables.Loaded:
        with archive.plain(arrival) as path:
            aliases = archive.aliases(arrival.site)
            read = read_in_own_process(path, arrival, dictionaries_of(archive, arrival), aliases)
            if arrival.export == ANSWERS:
                insert(con, arrival, read_kept(read.path))
                return tables.Loaded()
            rows = f"FROM read_parquet({sql_text(str(read.path))})"
            row = con.execute(f"INSERT INTO raw.{EXPORTS[arrival.export].name} {rows}").fetchone()
            return replace(read.loaded, n_rows=int(row[0]) if row else 0)

    tables.load_with(con, arrival, store)


def _set_aside(con: duckdb.DuckDBPyConnection, arrival: Arrival, why: str) -> None:
    sentence = f"The file could not be loaded, even in its own process: {why}. Deliver a corrected file."
    tables.record(con, arrival, STATUS, sentence)


def _note(home: Home, arrival: Arrival) -> Path:
    return home.warehouse / f"{NOTE}{arrival.load_id}"


@contextmanager
def _noted(home: Home, arrival: Arrival) -> Iterator[None]:
    """Keep a note while this arrival is being loaded. It stays if the process dies or the database becomes unusable."""
    note = _note(home, arrival)
    note.touch()
    try:
        yield
    except duckdb.FatalException:
        raise
    except BaseException:
        note.unlink(missing_ok=True)
        raise
    note.unlink(missing_ok=True)


def _is_large(arrival: Arrival) -> bool:
    is_text = arrival.export != ANSWERS and suffix_format(arrival.file_name) not in READ_ALONE
    return is_text and arrival.size_bytes >= LARGE_BYTES


def _side_by_side(con: duckdb.DuckDBPyConnection, tries: _Tries, arrivals: Iterable[Arrival]) -> None:
    """Load the arrivals in parallel, one file per processor, up to MOST_AT_ONCE."""
    largest_first = sorted(arrivals, key=lambda a: -a.size_bytes)

    def load(arrival: Arrival) -> None:
        with con.cursor() as own:
            tries.first(own, arrival)

    with ThreadPoolExecutor(min(os.cpu_count() or 1, MOST_AT_ONCE)) as pool:
        for done in [pool.submit(load, arrival) for arrival in largest_first]:
            done.result()
