"""Reads from a temporary build database what a check says of each file."""

from collections.abc import Iterable, Sequence

import duckdb

from schemas.exports import ANSWERS, EXPORTS
from warehouse.archive.archive import Archive
from warehouse.archive.arrivals import Arrival
from warehouse.archive.extract_date import date_in_name
from warehouse.queries.orphaned_exports import RULE, orphaned_exports
from warehouse.queries.undated_names import outranking
from warehouse.readers.near_names import nearest, shown
from warehouse.storage.connection import settings
from workflows.check_header import looks, missing, plain, read_names
from workflows.check_results import (
    Answered,
    CheckedFile,
    Delivered,
    HeaderChange,
    HowRead,
    NotProvided,
    Orphans,
    SetAside,
)

FIRST_LINES = 5
COUNTS = ("new", "changed", "unchanged", "duplicate", "conflicting")
LOAD = f"""
    SELECT status, coalesce(reason, ''), rows_received, {", ".join(COUNTS)}, keys_withdrawn,
           map_keys(left_out), map_values(left_out)
    FROM meta.loads WHERE load_id = ?
"""  # noqa: S608 (own names)
ENTRIES = f"""
    SELECT scope, rule_id, coalesce(column_name, ''), coalesce(source_column, ''), coalesce(block, ''),
           any_value(reason), count(DISTINCT line), list(DISTINCT line ORDER BY line)[:{FIRST_LINES}]
    FROM quality.quarantine WHERE load_id = ? GROUP BY ALL ORDER BY scope, 7 DESC, rule_id, 3, 5
"""  # noqa: S608 (own constant)
SET_ASIDE_ROWS = "SELECT count(DISTINCT row_id) FROM quality.quarantine WHERE load_id = ? AND scope = 'row'"
ANSWERED = f"""
    SELECT status, coalesce(reason, ''), count(*), list(line ORDER BY line)[:{FIRST_LINES}]
    FROM quality.answers WHERE site = ? AND delivery = ? GROUP BY ALL ORDER BY status, 3 DESC, 2
"""  # noqa: S608 (own constant)
ORPHANS = f"""
    SELECT export, delivery, count(DISTINCT row_id), count(DISTINCT string_split(key, '|')[1]),
           list(DISTINCT line ORDER BY line)[:{FIRST_LINES}]
    FROM quality.quarantine WHERE rule_id = '{RULE}' AND scope = 'row' GROUP BY ALL ORDER BY ALL
"""  # noqa: S608 (own constants)


class Findings:
    """Answers about the deliveries of one site, from the tables that a refresh of it made."""

    def __init__(self, con: duckdb.DuckDBPyConnection, archive: Archive, deliveries: Sequence[Arrival]):
        self._con, self._archive, self._deliveries = con, archive, deliveries
        self._headers: dict[int, list[HowRead]] = {}

    def file(self, of_file: Sequence[Arrival], is_known: bool) -> CheckedFile:
        """Return what is to be said of one file; `of_file` are its deliveries. A known file is not opened again."""
        place = f"{of_file[0].folder}/{of_file[0].file_name}"
        how = [] if is_known else self._looks(of_file)
        header = list(dict.fromkeys(name for one in how for name in one.columns))
        read = set[str]().union(*(read_names(one, header) for one in of_file if one.export in EXPORTS))
        unread = [name for name in header if plain(name) and plain(name) not in read]
        delivered = [self._delivered(one, header, unread) for one in of_file]
        is_dated = date_in_name(of_file[0].file_name) is not None
        return CheckedFile(
            place, is_known, is_dated, [_shown(one) for one in how], [shown(n) for n in unread], delivered
        )

    def outranking(self) -> list[tuple[str, str]]:
        """Return the files without a date in their name that count as newer than files which arrived after them."""
        found = outranking(self._con)
        return [(f"{export}/{shown(delivery)}", sentence) for _, export, delivery, sentence in found]

    def orphans(self) -> list[Orphans]:
        """Return the rows of all deliveries of the site that lack their session or patient."""
        why = {(export, delivery): said for _, export, delivery, said in orphaned_exports(self._con)}
        return [
            Orphans(export, delivery, n_rows, n_patients, lines, why.get((export, delivery), ""))
            for export, delivery, n_rows, n_patients, lines in self._con.execute(ORPHANS).fetchall()
        ]

    def _delivered(self, one: Arrival, header: list[str], unread: list[str]) -> Delivered:
        row = self._con.execute(LOAD, [one.load_id]).fetchone()
        if row is None:  # the archive lost its file, which is a problem of its own
            counts = dict.fromkeys(COUNTS, 0)
            return Delivered(one.export, one.delivery, "rejected", "The file cannot be read.", 0, counts, 0, {})
        status, reason, n_rows, *numbers, n_withdrawn, why, left_out = row
        n_aside = self._con.execute(SET_ASIDE_ROWS, [one.load_id]).fetchone()
        lacks = missing(one, header) if header and one.export in EXPORTS else []
        return Delivered(
            one.export,
            one.delivery,
            status,
            reason,
            n_rows,
            dict(zip(COUNTS, numbers, strict=True)),
            n_withdrawn,
            dict(zip(why, left_out, strict=True)),
            int(n_aside[0]) if n_aside else 0,
            [SetAside(*entry) for entry in self._con.execute(ENTRIES, [one.load_id]).fetchall()],
            [NotProvided(name, shown(near) if (near := nearest(name, unread)) else "") for name in lacks],
            self._header_change(one, header) if header else None,
            self._answers(one) if one.export == ANSWERS else (),
        )

    def _answers(self, one: Arrival) -> list[Answered]:
        rows = self._con.execute(ANSWERED, [one.site, one.delivery]).fetchall()
        return [Answered(*row) for row in rows]

    def _header_change(self, one: Arrival, header: list[str]) -> HeaderChange | None:
        """Return how the header differs from that of the delivery before; None if there is none, or it is as it was."""
        before = self._before(one)
        if before is None:
            return None
        old = [name for how in self._looks([before]) for name in how.columns]
        was, now = {plain(name) for name in old}, {plain(name) for name in header}
        new = [shown(name) for name in header if plain(name) not in was]
        gone = [shown(name) for name in old if plain(name) not in now]
        return HeaderChange(before.delivery, new, gone) if old and (new or gone) else None

    def _before(self, one: Arrival) -> Arrival | None:
        """Return the delivery of the same export and folder that comes before, in order of names, and was read."""
        read = self._con.execute("SELECT load_id FROM meta.loads WHERE status <> 'rejected'").fetchall()
        place = (one.export, one.folder)
        order = sorted(self._deliveries, key=lambda a: (a.file_name, a.load_no))
        earlier = order[: order.index(one)]
        return next((a for a in reversed(earlier) if (a.export, a.folder) == place and (a.load_id,) in read), None)

    def _looks(self, of_file: Sequence[Arrival]) -> list[HowRead]:
        number = of_file[0].load_no
        if number not in self._headers:
            with duckdb.connect(config=settings(self._archive.home.scratch)) as con:
                self._headers[number] = looks(con, self._archive, of_file)
        return self._headers[number]


def by_file(deliveries: Iterable[Arrival]) -> list[list[Arrival]]:
    """Return the deliveries of each file, ordered by folder and name."""
    files: dict[tuple[str, str, str], list[Arrival]] = {}
    for one in deliveries:
        files.setdefault((one.folder, one.file_name, one.sha256), []).append(one)
    return [files[place] for place in sorted(files)]


def _shown(how: HowRead) -> HowRead:
    """Return the same with names that may be printed."""
    return HowRead(
        how.source,
        how.format,
        how.encoding,
        how.delimiter,
        shown(how.sheet) if how.sheet else "",
        how.header_row,
        [shown(name) for name in how.columns],
        [shown(name) for name in how.labelled],
    )
