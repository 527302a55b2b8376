"""Screens a new file for rows of erased patients, so that they are neither archived nor loaded.

For a site without erased patients, the check costs nothing.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import duckdb

from schemas.exports import ANSWERS, EXPORTS
from warehouse.archive.archive import Archive
from warehouse.archive.arrivals import Tombstone
from warehouse.archive.blobs import plain_copy
from warehouse.redaction.erasure_list import ErasedList
from warehouse.redaction.redact_file import rest_of
from warehouse.storage.connection import settings
from warehouse.storage.home import Home


def left_out(
    home: Home, archive: Archive, chunks: Iterator[bytes], site: str, export: str, file_name: str
) -> Tombstone | None:
    """Archive what may be kept of a new file and return its tombstone, or None if the file may be archived as it is."""
    listed = ErasedList(home)
    if site not in listed.sites or export not in (*EXPORTS, ANSWERS):
        return None
    with plain_copy(home.scratch, file_name, chunks) as path, duckdb.connect(config=settings(home.scratch)) as con:
        rest = rest_of(con, path, export, site, partial(listed.among, site), is_kept=False)
        if rest is None:
            return None
        kept = archive.keep(rest.path) if rest.path else None
        return Tombstone(rest.rows, datetime.now(UTC).isoformat(timespec="seconds"), kept, rest.reason)
