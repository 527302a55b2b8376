"""Deliver several nights of data to a small home.

The nights hold what a refresh treats differently: a first night that makes everything; corrections that resolve
entries; an orphan whose parent comes later; few patients at a time, so that the change log is followed; a snapshot, a
file that is no table, and a site.toml.
"""

from __future__ import annotations

from pathlib import Path

from synthetic.registry import write_registry

N_PATIENTS = 60
N_SITES = 2
DEFECT_RATE = 0.03
SITE = "synthetic-01"
SESSIONS = "patient_id,session_id,session_date,lesion_id,max_diameter_mm,segment"
IMAGING = "patient_id,exam_id,exam_date,modality,contrast_enhanced,lesion_id,lesion_status"
GENES = "patient_id,specimen_id,specimen_site,gene,result,variant"


def _put(landing: Path, export: str, day: str, *lines: str) -> None:
    folder = landing / SITE / export
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{day}_{export}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def first(landing: Path) -> None:
    """Deliver a made-up registry of two sites with everyday defects."""
    write_registry(landing, N_PATIENTS, seed=4, sites=N_SITES, defect_rate=DEFECT_RATE)


def second(landing: Path) -> None:
    """Deliver a new patient, one whose diameter is not a number, and an exam whose session is still missing."""
    _put(
        landing, "rfa_sessions", "2026-02-01", SESSIONS, "NEW-1,S1,2025-03-05,L1,21,4", "NEW-2,S1,2025-03-06,L1,wide,5"
    )
    _put(
        landing, "imaging_followups", "2026-02-01", IMAGING,
        "NEW-1,E1,2025-05-07,ct,yes,L1,no_viable", "NEW-3,E1,2025-05-08,mr,yes,L1,no_viable",
    )  # fmt: skip
    _put(landing, "genotypes", "2026-02-01", GENES, "NEW-1,SP1,liver_metastasis,KRAS,mutant,p.G12D")


def third(landing: Path) -> None:
    """Deliver the corrected diameter, the missing session, a contradiction, and a file that is no table."""
    _put(
        landing, "rfa_sessions", "2026-03-01", SESSIONS,
        "NEW-2,S1,2025-03-06,L1,33,5", "NEW-3,S1,2025-03-07,L1,18,6", "NEW-1,S1,2025-03-05,L1,22,4",
        "NEW-1,S1,2025-03-05,L1,23,4",
    )  # fmt: skip
    _put(landing, "imaging_followups", "2026-03-01", IMAGING, "NEW-1,E2,2025-09-07,ct,yes,L1,ltp")
    _put(landing, "genotypes", "2026-03-01", '"no table')


def fourth(landing: Path) -> None:
    """Make imaging a snapshot of one site, so that all its other exams are withdrawn."""
    (landing / SITE / "site.toml").write_text('[exports.imaging_followups]\nmode = "snapshot"\n', encoding="utf-8")
    _put(
        landing, "imaging_followups", "2026-04-01", IMAGING,
        "NEW-1,E1,2025-05-07,ct,yes,L1,no_viable", "NEW-1,E2,2025-09-07,ct,yes,L1,ltp",
        "NEW-2,E1,2025-05-08,mr,yes,L1,no_viable",
    )  # fmt: skip


NIGHTS = (first, second, third, fourth)
