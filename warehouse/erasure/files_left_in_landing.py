"""Finds files in landing/ that still hold a patient. They belong to the site, so the registry never changes them."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from schemas.exports import ANSWERS, EXPORTS
from warehouse.archive.blobs import CHUNK_BYTES, plain_copy
from warehouse.intake.landing import Waiting, files_of, site_folders
from warehouse.readers.cells import patient_cell
from warehouse.readers.open_file import open_source
from warehouse.redaction.redact_file import Match, lines_of_patients, lines_of_sheet, patients_in
from warehouse.storage.connection import settings
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.home import Home


@dataclass(frozen=True)
class Found:
    """Files that hold the patient, and files that cannot be read and so may hold the patient."""

    holding: list[Path]
    unreadable: list[Path]


def look(home: Home, site: str, match: Match) -> Found:
    """Search the site's folder for the patients whom `match` finds, and return the files."""
    found = Found([], [])
    with duckdb.connect(config=settings(home.scratch)) as con:
        for folder in site_folders(home, []):
            for file in files_of(folder, []) if folder.name == site else ():
                try:
                    if _holds(con, home, file, match):
                        found.holding.append(file.path)
                except (DeliveryRejected, OSError):
                    found.unreadable.append(file.path)
    return found


def _holds(con: duckdb.DuckDBPyConnection, home: Home, file: Waiting, match: Match) -> bool:
    with open(file.path, "rb") as source:
        chunks = iter(lambda: source.read(CHUNK_BYTES), b"")
        with plain_copy(home.scratch, file.name, chunks) as copy:
            if file.export == ANSWERS:
                return bool(lines_of_patients(lines_of_sheet(copy, file.site, False), match))
            rows = open_source(con, copy)
            return bool(patients_in(con, rows, patient_cell(EXPORTS[file.export], rows.header), match))
