"""Finds the files that earlier pulls of a source delivered, and says which of them holds a record's newest rows.

Files are taken from landing/, or from the archive where a site has cleared its folder. A record's newest rows are in
the newest whole pull, or in a later file of changes; a file of absent rows lists the records that lost rows, before
the file of its own pull says what they have now.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.archive import decisions
from warehouse.archive.archive import Archive
from warehouse.intake.deliveries import site_deliveries
from warehouse.readers.redacted import kept_parts
from warehouse.readers.source import column_names
from warehouse.sources.deliveries import arrival_no
from warehouse.storage.errors import ArchiveDamaged, DeliveryRejected, RegistryError

WHOLE, CHANGES, ABSENT = "whole", "changes", "absent"
"""Kinds of files, of which absent comes first in the order of names."""
NAME = re.compile(rf"(\d{{4}}-\d{{2}}-\d{{2}}_\d{{6}})_redcap_({WHOLE}|{CHANGES}|{ABSENT})\.csv")
STAMP = "%Y-%m-%d_%H%M%S"
"""The time in a file's name, in UTC."""
ROWS_AT_ONCE = 10_000
Row = Sequence[str]


def name_of(stamp: str, kind: str) -> str:
    """Return the name of a pulled file, which sorts by time.

    >>> name_of("2026-11-29_020000", "whole")
    '2026-11-29_020000_redcap_whole.csv'
    """
    return f"{stamp}_redcap_{kind}.csv"


class PulledFiles:
    """The files of one source since its newest whole pull. Those that somebody has set aside do not count."""

    def __init__(self, archive: Archive, site: str, folder: str):
        self._archive = archive
        self._landing = archive.home.landing / site / folder
        self._arrivals = {a.file_name: a for a in archive.arrivals if (a.site, a.export) == (site, folder)}
        landed = {path.name for path in self._landing.glob("*_redcap_*.csv")} if self._landing.is_dir() else set()
        self.all_names = sorted(name for name in landed | set(self._arrivals) if NAME.fullmatch(name))
        out = _set_aside(archive)
        counted = [n for n in self.all_names if n not in self._arrivals or self._arrivals[n].load_no not in out]
        starts = [i for i, name in enumerate(counted) if kind_of(name) == WHOLE]
        self.names = counted[starts[-1] :] if starts else []

    @property
    def newest_stamp(self) -> str:
        """Return the time in the newest file's name, '' if there is none."""
        return self.all_names[-1].split("_redcap_")[0] if self.all_names else ""

    @property
    def header(self) -> list[str]:
        """Return the columns of the newest whole pull."""
        with self.open(0) as (header, _):
            return header

    def newest_of(self, record_id: str) -> dict[str, int]:
        """Return the place in `names` of the file that holds each record's newest rows; none for deleted records."""
        newest: dict[str, int] = {}
        for place, name in enumerate(self.names):
            found = set(self.records(place, record_id))
            if kind_of(name) == ABSENT:
                for record in found:
                    newest.pop(record, None)
            else:
                newest |= dict.fromkeys(found, place)
        return newest

    def records(self, place: int, record_id: str) -> Iterator[str]:
        """Yield the record of each row of a file."""
        with self.open(place) as (header, rows):
            if record_id in header:
                at = header.index(record_id)
                for row in rows:
                    yield row[at]

    @contextmanager
    def open(self, place: int) -> Iterator[tuple[list[str], Iterator[Row]]]:
        """Provide header and rows of a file. Raises RegistryError if neither landing/ nor the archive has it whole."""
        name = self.names[place]
        path = self._landing / name
        if path.is_file():
            with _csv(path) as found:
                yield found
            return
        arrival = self._arrivals[name]
        try:
            with self._archive.plain(arrival) as copy, _kept(copy) if arrival.tombstone else _csv(copy) as found:
                yield found
        except (ArchiveDamaged, DeliveryRejected, OSError):
            raise RegistryError(
                f"The file {name} of an earlier pull cannot be read.", "Run `registry verify`; it names the cure."
            ) from None


def _set_aside(archive: Archive) -> set[int]:
    """Return the numbers of the arrivals of which somebody has set aside a delivery."""
    made = decisions.read(archive.home)
    if not made:
        return set()
    force = decisions.in_force(made, site_deliveries(archive))
    return {arrival_no(load_no) for load_no in decisions.numbers(force, decisions.SET_ASIDE)}


def kind_of(name: str) -> str:
    """Return what a pulled file holds, by its name."""
    match = NAME.fullmatch(name)
    return match[2] if match else ""


@contextmanager
def _csv(path: Path) -> Iterator[tuple[list[str], Iterator[Row]]]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = (row for row in csv.reader(file) if row)
        yield next(rows, []), rows


@contextmanager
def _kept(path: Path) -> Iterator[tuple[list[str], Iterator[Row]]]:
    """Provide what an erasure left of a file, in its order."""
    with duckdb.connect() as con:
        (part, *_) = kept_parts(con, path)
        source = part.source
        cells = ", ".join(f"coalesce({name}, '')" for name in column_names(len(source.header)))
        found = con.execute(f"SELECT {cells} FROM {source.relation} ORDER BY {source.line}")  # noqa: S608 (own names)
        yield source.header, (row for batch in iter(lambda: found.fetchmany(ROWS_AT_ONCE), []) for row in batch)
