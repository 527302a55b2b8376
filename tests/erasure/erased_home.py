"""A home with two releases that hold a patient who will be erased, and what each command wrote."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from tests.orchestration.command import Ran, run_here
from tests.orchestration.light import EVERYTHING, LIGHT, Makes
from tests.warehouse.kit import csv_of, row_of
from tests.warehouse.test_typed_formats import workbook
from warehouse.archive import thread_log
from warehouse.archive.thread_log import Event
from warehouse.storage.home import Home

SITE, PATIENT = "north", "ZQERASED-1"
WORDS = ("zqerased-1", "zqguidance", "zqsegment", "zqvariant", "zqward")
MASKED = {"zqsegment", "zqward"}
"""Those of WORDS in cells that no reader gets: a value that was set aside, and a cell of an unknown column."""
OTHERS = tuple(f"P{n}" for n in range(1, 9))


def _rows(export: str, patients: tuple[str, ...], **cells: str) -> list[dict[str, str]]:
    rows = []
    for n, patient in enumerate(patients):
        day = {"rfa_sessions": {"session_date": f"2020-01-{n + 1:02d}"}}.get(export, {})
        theirs = cells if patient == PATIENT else {}
        rows.append(row_of(export, patient_id=patient, **day) | {"ward": "a"} | theirs)
    return rows


def deliver(landing: Path, name: str, patients: tuple[str, ...], **cells: str) -> None:
    """Deliver all four exports, each in another format, with the patients in that order."""
    sessions = _rows("rfa_sessions", patients, guidance="zqguidance", segment="zqsegment", ward="zqward", **cells)
    genotypes = _same_columns(_rows("genotypes", patients, variant="zqvariant p.G12D", result="mutant"))
    book = [list(genotypes[0]), *([*row.values()] for row in genotypes)]
    files = {
        f"patients/{name}.csv": csv_of(_rows("patients", patients)).encode(),
        f"rfa_sessions/{name}.csv.gz": gzip.compress(csv_of(_same_columns(sessions)).encode()),
        f"genotypes/{name}.xlsx": workbook(book),
        f"imaging_followups/{name}.ndjson": "".join(
            json.dumps(row) + "\n" for row in _rows("imaging_followups", patients)
        ).encode(),
    }
    for place, data in files.items():
        path = landing / SITE / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _same_columns(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return [{name: row.get(name, "") for name in names} for row in rows]


def two_releases(root: Path) -> tuple[Home, list[str]]:
    """Return a home after two refreshes, the second of which makes everything, and its release ids, oldest first."""
    home = Home(root).create()
    released = []
    for makes, name, patients, cells in (
        (LIGHT, "2024-01-31_x", (*OTHERS[:3], PATIENT, *OTHERS[3:6]), {}),
        (EVERYTHING, "2024-06-30_x", (PATIENT, *OTHERS), {"max_diameter_mm": "141.4182818"}),
    ):
        deliver(home.landing, name, patients, **cells)
        ran = refresh(home, makes)
        assert ran.code == 0 and ran.text.startswith("Released "), ran.err.decode()
        released.append(ran.text.split()[1])
    accepted = ("--until", "2027-06-30", "--site", SITE, "--key", f"{PATIENT}|S1|L1", "--reason", "as said")
    assert run_here(root, "accept", "ABL-06", *accepted).code == 0
    of_row = ("0" * 12, "rfa_sessions", f"{PATIENT}|S1|L1", "ABL-06", "power_w")
    said = Event("2024-07-01T08:00:00+00:00", "A. Miller", "said", SITE, *of_row, text=f"{PATIENT} is not clear")
    thread_log.append(home, [said])
    home.error_report.write_text(f"row of {PATIENT}")
    return home, released


def refresh(home: Home, makes: Makes = LIGHT) -> Ran:
    """Run `registry refresh`."""
    return run_here(home.root, "refresh", makes=makes)


def forget(home: Home, *words: str) -> Ran:
    """Run `registry forget` for the patient, confirmed."""
    return run_here(home.root, "forget", SITE, PATIENT, "--reason", "consent withdrawn", "--yes", *words)
