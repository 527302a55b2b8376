"""Builds a small registry that is released, changed and released again, with only what a comparison reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import duckdb
import pandas as pd

from analysis.plan.estimate_changes import Movement
from analysis.plan.main_estimates import ENDPOINT, main_estimates
from analysis.report.morning_note import MorningNote
from analysis.subjects.analysis_frames import AnalysisFrames as Cohorts
from tests.warehouse.kit import SITE, Kit, Row, csv_of, new_kit, row_of
from warehouse.derived import analysis_tables
from warehouse.derived.derive import derive_all
from warehouse.refresh.provenance import source_hash
from warehouse.releases.release import Release, content, content_hash, publish
from warehouse.releases.release_tables import copy_tables
from workflows.morning_note import note_of_releases

N_PATIENTS = 24
MAIN_TABLES = ("ltp_rates", "km_summary", "cox", "logistic")
"""The analyses that a comparison reads; only the rows of the main estimates are made."""
OLDER = "0" * 64
"""The hash of a source that is not the installed one."""


def patient(number: int, **changes: str) -> dict[str, list[Row]]:
    """The rows of patient `number`: every second one KRAS mutant, every third with LTP, every fourth large."""
    name = f"P{number:02d}"
    session = {"patient_id": name, "max_diameter_mm": "36" if number % 4 == 0 else "18"} | changes
    exams = [{"patient_id": name}]
    last = {"patient_id": name, "exam_id": "E2", "exam_date": f"2020-{5 + number % 7:02d}-{1 + number % 25:02d}"}
    exams.append(last | {"lesion_status": "ltp" if number % 3 == 0 else "no_viable"})
    late = {"patient_id": name, "exam_id": "E3", "exam_date": "2021-06-01", "lesion_status": "no_viable"}
    exams += [late] if number % 5 else []
    gene = {"patient_id": name, "result": "mutant" if number % 2 == 0 else "wild_type"}
    genes = [gene | {"gene": "KRAS"}]
    genes += [
        {"patient_id": name, "gene": gene_name, "result": "mutant" if number % every == left else "wild_type"}
        for gene_name, every, left in (("NRAS", 5, 1), ("BRAF", 7, 2))
    ]
    return {
        "rfa_sessions": [row_of("rfa_sessions", **session)],
        "imaging_followups": [row_of("imaging_followups", **row) for row in exams],
        "genotypes": [row_of("genotypes", **row) for row in genes],
    }


class RegistryUnderTest:
    """A home to deliver into and to release from; releases are numbered by hours of one day."""

    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        self.n_releases = 0

    def deliver(self, export: str, name: str, *rows: Row) -> None:
        """Deliver one file of these rows."""
        self.kit.deliver(SITE, export, name, csv_of(rows))

    def deliver_patients(self, name: str, *numbers: int) -> None:
        """Deliver files of all exports with these patients."""
        patients = [patient(number) for number in numbers]
        for export in ("rfa_sessions", "imaging_followups", "genotypes"):
            self.deliver(export, name, *(row for rows in patients for row in rows[export]))

    def release(self, source: str | None = None) -> Release:
        """Refresh and publish a release, as if made by the installed source or by the given one."""
        kit = self.kit.refresh()
        derive_all(kit.con)
        cohorts = Cohorts(*analysis_tables.frames(kit.con))
        rows = main_estimates(cohorts.ltp_status("patient"), cohorts.subjects(ENDPOINT, "patient"))
        for table, parts in zip(MAIN_TABLES, (rows[:2], rows[2:4], rows[4:5], rows[5:]), strict=True):
            analysis_tables.store(kit.con, table, pd.concat(parts))
        tables = content(kit.con)
        release_id = f"20240701T{self.n_releases:02d}0000Z-{content_hash(tables)[:8]}"
        parent = f"{self.kit.home.current.readlink()}" if self.n_releases else None
        self.n_releases += 1
        manifest = {
            "content_hash": content_hash(tables),
            "parent_release": parent,
            "code": {"version": "0", "source_sha256": source or source_hash(), "duckdb": duckdb.__version__},
            "tables": {name: {"rows": t["rows"], "sha256": t["sha256"]} for name, t in tables.items()},
            "quality": {"entries_by_rule": {}},
        }
        return publish(kit.home, release_id, manifest, partial(copy_tables, kit.con), lambda _: None)

    def note(self, before: Release, after: Release) -> MorningNote:
        """The note on what changed between two of its releases."""
        return note_of_releases(self.kit.home, before, after)


@contextmanager
def new_registry(root: Path) -> Iterator[RegistryUnderTest]:
    """A registry of N_PATIENTS patients, delivered but not released."""
    with new_kit(root) as kit:
        registry = RegistryUnderTest(kit)
        registry.deliver_patients("2024-06-01_base.csv", *range(1, N_PATIENTS + 1))
        yield registry


def change(note: MorningNote, thing: str) -> tuple[int, int, int]:
    """(new, changed, withdrawn) of patients, lesions, sessions, exams or specimens."""
    (row,) = [row for row in note.counts if row["thing"] == thing]
    return row["new"], row["changed"], row["withdrawn"]


def movement(note: MorningNote, quantity: str, stratum: str) -> Movement:
    """One of the note's movements."""
    (found,) = [m for m in note.movements if m.figure == (quantity, stratum)]
    return found


def place(row: Row) -> tuple[str | None, int | None]:
    """(delivery, line) of a row of the note."""
    return row["delivery"], row["line"]
