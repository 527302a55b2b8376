"""Compare a home before and after a command, deliver to it, and let time pass."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from unittest import mock

from warehouse.archive.archive import Archive
from warehouse.archive.arrivals import Arrival
from warehouse.intake import landing_snapshot
from warehouse.intake.landing import land
from warehouse.storage.home import Home


def files_of(folder: Path) -> dict[str, str]:
    """Return every file and link below the folder, with its content's hash or its target."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            found[path.relative_to(folder).as_posix()] = f"-> {os.readlink(path)}"
        elif path.is_file():
            found[path.relative_to(folder).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def deliver_new_patient(home: Home, patient: str = "SYN-0901") -> None:
    """Put a later delivery into landing/: one more patient with one session and one clear exam."""
    _deliver(
        home, "rfa_sessions", "patient_id,session_id,session_date,lesion_id,max_diameter_mm",
        f"{patient},{patient}-S1,2019-03-05,{patient}-L1,21",
    )  # fmt: skip
    _deliver(
        home, "imaging_followups", "patient_id,exam_id,exam_date,modality,contrast_enhanced,lesion_id,lesion_status",
        f"{patient},{patient}-E1,2019-05-07,ct,yes,{patient}-L1,no_viable",
    )  # fmt: skip


def deliver_ltp(home: Home, patient: str = "SYN-0901") -> None:
    """Put a still later exam of that patient into landing/: viable tumour at the lesion."""
    _deliver(
        home, "imaging_followups",
        "patient_id,exam_id,exam_date,modality,contrast_enhanced,lesion_id,lesion_status,distance_to_zone_mm",
        f"{patient},{patient}-E2,2019-09-07,ct,yes,{patient}-L1,viable,2", "2023-02-28",
    )  # fmt: skip


def look_at_files(home: Home) -> None:
    """Look at landing/ as a refresh would some seconds later. Files copied a moment ago are not remembered, so a copied
    home would seem to have something to do.
    """
    with mock.patch.object(landing_snapshot, "SETTLED_SECONDS", -1):
        assert land(home, Archive(home)).arrivals == []


def let_days_pass(home: Home, days: float) -> None:
    """Move the arrival of everything in the archive this many days back."""

    def earlier(arrival: Arrival) -> Arrival:
        at = datetime.fromisoformat(arrival.arrived_at) - timedelta(days=days)
        return replace(arrival, arrived_at=at.isoformat(timespec="seconds"))

    lines = [earlier(arrival).as_line for arrival in Archive(home).arrivals]
    (home.archive / "arrivals.ndjson").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _deliver(home: Home, export: str, header: str, row: str, day: str = "2023-01-31") -> None:
    folder = home.landing / "index-study" / export
    (folder / f"{day}_{export}_synthetic.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
