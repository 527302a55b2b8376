"""Finds files in landing/ that still hold a patient. They belong to the site, so the registry never changes them."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.archive.archive import SITE_EXPORT, Archive
from warehouse.archive.blobs import plain_copy
from warehouse.intake.deliveries import as_delivered
from warehouse.intake.landing import Waiting, files_of, site_folders
from warehouse.redaction.delivered_file import DeliveredFile, delivered_file
from warehouse.redaction.redact_file import lines_of_patients, lines_of_sheet
from warehouse.redaction.whose_rows import Match, find_rows, read_tables
from warehouse.storage.connection import settings
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.home import Home
from warehouse.storage.packed_folder import delivered_chunks


@dataclass(frozen=True)
class Found:
    """Files that hold the patient, and files that cannot be read and so may hold the patient."""

    holding: list[Path]
    unreadable: list[Path]


def look(home: Home, site: str, match: Match) -> Found:
    """Search the site's folder for the patients whom `match` finds, and return the files."""
    found, archive = Found([], []), Archive(home)
    with duckdb.connect(config=settings(home.scratch)) as con:
        for folder in site_folders(home, []):
            for file in files_of(folder, []) if folder.name == site else ():
                if file.export == SITE_EXPORT:  # a data dictionary
                    continue
                try:
                    read_as = delivered_file(archive, as_delivered(archive, site, file.export, file.name))
                    if _holds(con, home, file, read_as, match):
                        found.holding.append(file.path)
                except (DeliveryRejected, OSError):
                    found.unreadable.append(file.path)
    return found


def _holds(con: duckdb.DuckDBPyConnection, home: Home, file: Waiting, read_as: DeliveredFile, match: Match) -> bool:
    """Return whether the file holds the patient. Raises DeliveryRejected if it is not known whose rows it holds."""
    with plain_copy(home.scratch, file.name, delivered_chunks(file.path)) as copy:
        if read_as.is_sheet:
            return bool(lines_of_patients(lines_of_sheet(copy, file.site, False), match))
        tables = read_tables(con, copy, read_as, is_kept=False)
        if find_rows(con, tables, match).rows:
            return True
        if tables.unknown is not None:
            raise tables.unknown
        return False
