"""Screens a new file for rows of erased patients, so that they are neither archived nor loaded.

For a site without erased patients, the check costs nothing. A file that is read as a site.toml says, and of which it
cannot be told whose rows it holds, is not archived: it waits in landing/ until file and site.toml fit. What is read by
canonical columns is rejected instead, since only another file can correct it.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial

import duckdb

from schemas.exports import ANSWERS, EXPORTS
from warehouse.archive.archive import SITE_EXPORT, Archive
from warehouse.archive.arrivals import Arrival, Tombstone
from warehouse.archive.blobs import plain_copy
from warehouse.redaction.delivered_file import DeliveredFile, delivered_file
from warehouse.redaction.erasure_list import ErasedList
from warehouse.redaction.redact_file import rest_of
from warehouse.storage.connection import settings
from warehouse.storage.errors import RowsUnknown
from warehouse.storage.home import Home

ReadAs = Callable[[Archive, str, str, str], list[Arrival]]
"""Returns the deliveries that a new file of a site, folder and name is (intake/deliveries.py)."""
WAITS = "The file waits, because patients of this site were erased and it is not known whose rows it holds."


def left_out(
    home: Home, archive: Archive, chunks: Iterator[bytes], site: str, export: str, file_name: str, read_as: ReadAs
) -> Tombstone | None:
    """Archive what may be kept of a new file and return its tombstone, or None if the file may be archived as it is.

    `export` is the file's folder. Raises RowsUnknown if the file must wait.
    """
    listed = ErasedList(home)
    if site not in listed.sites or export == SITE_EXPORT:
        return None
    file = delivered_file(archive, read_as(archive, site, export, file_name))
    with plain_copy(home.scratch, file_name, chunks) as path, duckdb.connect(config=settings(home.scratch)) as con:
        rest = rest_of(con, path, file, partial(listed.among, site), is_kept=False)
        if rest is None:
            return None
        _check_known(file, rest.unknown or rest.reason)
        kept = archive.keep(rest.path) if rest.path else None
        return Tombstone(rest.rows, datetime.now(UTC).isoformat(timespec="seconds"), kept, rest.reason)


def _check_known(file: DeliveredFile, why: str | None) -> None:
    has_canonical_columns = not file.is_mapped and file.export in (*EXPORTS, ANSWERS)
    if why is not None and not has_canonical_columns:
        raise RowsUnknown(f"{why} {WAITS}")
