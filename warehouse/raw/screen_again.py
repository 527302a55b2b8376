"""Screens the archive's files again where a new site.toml reads them in another way than when they were screened.

The new one may read another column as patient_id, and so show an erased patient. Only files of sites with erased
patients are read, and only those that are about to be loaded. A file that the new site.toml does not fit stays as it
is: nothing of it is loaded, and a corrected site.toml may read it again.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import duckdb

from warehouse.archive.archive import SITE_EXPORT, Archive
from warehouse.archive.arrivals import Arrival, Tombstone
from warehouse.intake.deliveries import by_file, site_deliveries
from warehouse.pseudonyms.sealed import forget_names
from warehouse.raw.set_aside import take_out
from warehouse.raw.veil_again import veil_again
from warehouse.redaction.delivered_file import delivered_file
from warehouse.redaction.erasure_list import ErasedList
from warehouse.redaction.redact_file import rest_of
from warehouse.sources.deliveries import arrival_no, mapping_of
from warehouse.storage.connection import settings
from warehouse.storage.errors import ArchiveDamaged
from warehouse.storage.pseudonym_key import find_key

Say = Callable[[str], None]


def screened_deliveries(con: duckdb.DuckDBPyConnection, archive: Archive, say: Say = lambda _: None) -> list[Arrival]:
    """Return the deliveries that the archive holds, after removing erased patients whom a new site.toml shows.

    What was loaded of a file that lost rows is taken out of the raw tables, so that it is loaded again.
    """
    veil_again(archive, say)
    deliveries = site_deliveries(archive)
    listed = ErasedList(archive.home)
    with_site_file = {a.site for a in archive.arrivals if a.export == SITE_EXPORT}
    loads = con.execute("SELECT load_no, export, mapping FROM meta.deliveries").fetchall()
    known = {load_no: (export, mapping) for load_no, export, mapping in loads}
    due = {
        arrival_no(one.load_no)
        for one in deliveries
        if one.site in listed.sites & with_site_file and known.get(one.load_no) != (one.export, mapping_of(one))
    }
    if not due:
        return deliveries
    tombstones = {}
    with duckdb.connect(config=settings(archive.home.scratch)) as own:
        for number, of_file in by_file(deliveries).items():
            if number in due and of_file[0].content_sha256 is not None:
                say(f"screening {of_file[0].site}/{of_file[0].folder}/{of_file[0].file_name}")
                if (tombstone := _screen(own, archive, listed, of_file)) is not None:
                    tombstones[number] = tombstone
    if not tombstones:
        return deliveries
    archive.tombstone(tombstones)
    for load_no, export, _ in loads:
        if arrival_no(load_no) in tombstones:
            con.begin()
            take_out(con, export, load_no)
            con.commit()
    return site_deliveries(archive)


def _screen(
    con: duckdb.DuckDBPyConnection, archive: Archive, listed: ErasedList, of_file: list[Arrival]
) -> Tombstone | None:
    """Archive what may be kept of a file and return its tombstone, or None if it stays as it is."""
    before, file = of_file[0].tombstone, delivered_file(archive, of_file)
    if file.is_sheet:
        return None
    try:
        with archive.plain(of_file[0]) as path:
            match = partial(listed.among, file.site)
            rest = rest_of(con, path, file, match, is_kept=before is not None, spares_unread=True)
            if rest is None or rest.path is None or rest.rows == 0:
                return None
            kept = archive.keep(rest.path)
            if (key := find_key(archive.home)) is not None:
                forget_names(archive.home, key, of_file[0], kept, rest.path)
    except ArchiveDamaged:  # loading it restores it, or reports it
        return None
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Tombstone.after(before, rest.rows, now, kept)
