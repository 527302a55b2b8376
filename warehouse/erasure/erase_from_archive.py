"""Removes a patient from the archive: every file of the site with the patient is replaced by what may be kept of it.

New files are written first, then the log is replaced in one rename, then the old files are deleted; an erasure that
dies in between can be repeated from any of these states.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from warehouse.archive.archive import Archive
from warehouse.archive.arrivals import Tombstone
from warehouse.intake.deliveries import ways_of_reading
from warehouse.pseudonyms.check_key import check_key
from warehouse.pseudonyms.sealed import forget_names
from warehouse.redaction.delivered_file import delivered_file
from warehouse.redaction.redact_file import rest_of
from warehouse.redaction.whose_rows import Match, best_read
from warehouse.storage.connection import settings
from warehouse.storage.home import Home


@dataclass(frozen=True)
class ErasedFromArchive:
    """How many archived files lost rows, how many rows they lost, and how many unreadable files are no longer kept."""

    files: int
    rows: int
    unreadable: int


def erase_from_archive(home: Home, site: str, match: Match) -> ErasedFromArchive:
    """Rewrite the site's archived files without the rows of the patients whom `match` finds, and return the counts.

    A file that the site.toml in force does not read is read as an earlier one said, so that it is not given up.
    """
    archive = Archive(home)
    key = check_key(home, archive)
    ways = ways_of_reading(archive, site)
    tombstones: dict[int, Tombstone] = {}
    files, rows, unreadable = 0, 0, 0
    now = datetime.now(UTC).isoformat(timespec="seconds")
    with duckdb.connect(config=settings(home.scratch)) as con:
        for arrival in archive.arrivals:
            if arrival.load_no not in ways or arrival.content_sha256 is None:
                continue
            before = arrival.tombstone
            read_as = [delivered_file(archive, deliveries) for deliveries in ways[arrival.load_no]]
            with archive.plain(arrival) as path:
                file = best_read(con, path, read_as, is_kept=before is not None)
                rest = rest_of(con, path, file, match, is_kept=before is not None)
                if rest is None:
                    continue
                kept = archive.keep(rest.path) if rest.path else None
                if key is not None and rest.path is not None and kept is not None:
                    forget_names(home, key, arrival, kept, rest.path)
            tombstones[arrival.load_no] = Tombstone.after(before, rest.rows, now, kept, rest.reason)
            files, rows = files + (rest.rows > 0), rows + rest.rows
            unreadable += kept is None
    archive.tombstone(tombstones)
    return ErasedFromArchive(files, rows, unreadable)
