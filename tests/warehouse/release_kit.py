"""Makes releases for tests: small ones of a real site without analyses, and bare folders with names and times."""

from __future__ import annotations

import json
from functools import cache, partial
from pathlib import Path

from schemas.canaries import CANARIES
from tests.quality.site_at_work import Site
from tests.warehouse.kit import open_small_build
from warehouse.archive import thread_log
from warehouse.clean.clean import clean
from warehouse.clean.ledger import unbalanced
from warehouse.derived.derive import derive_all
from warehouse.intake.exceptions_file import read_or_problem
from warehouse.quality.canaries import CanaryReport, run_canaries, write_canaries
from warehouse.quality.entry_changes import write_changes
from warehouse.queries.question_counts import write_question_counts
from warehouse.refresh.provenance import manifest
from warehouse.releases.column_descriptions import write_columns
from warehouse.releases.release import Release, new_release_id, publish
from warehouse.releases.release_tables import copy_tables
from warehouse.storage.home import Home
from workflows.load_deliveries import load_deliveries

DAY = "T020000Z-"


def release_small(home: Home) -> Release:
    """Refresh the home up to the derived tables and publish what came of it."""
    with open_small_build(home) as con:
        load_deliveries(con, home)
        clean(con, notes=read_or_problem(home))
        assert unbalanced(con) == []
        derive_all(con)
        write_changes(con, home)
        write_question_counts(con, thread_log.read(home))
        write_canaries(con, _canaries())
        write_columns(con)
        facts = manifest(con, home)
        return publish(home, new_release_id(home, facts["content_hash"]), facts, partial(copy_tables, con), _two_pages)


@cache
def _canaries() -> CanaryReport:
    return run_canaries(CANARIES[:2])


def _two_pages(folder: Path) -> None:
    (folder / "report.html").write_text("a report", encoding="utf-8")
    (folder / "data_docs").mkdir()
    (folder / "data_docs" / "index.html").write_text("a page", encoding="utf-8")


def site_with_sessions(root: Path) -> Site:
    """A site of two patients with one lesion each; one diameter is set aside."""
    site = Site(root)
    site.sessions("2024-01-31_a.csv", "P1,S1,2023-01-10,L1,21,4,", "P2,S1,2023-02-10,L1,900,4,")
    site.deliver(
        "imaging_followups",
        "2024-01-31_a.csv",
        "patient_id,exam_id,exam_date,modality,contrast_enhanced,lesion_id,lesion_status",
        "P1,E1,2023-03-10,ct,yes,L1,no_viable",
        "P1,E2,2023-09-10,ct,yes,L1,ltp",
    )
    return site


def name_of(day: str, digits: str = "0000000a") -> str:
    """The id of a release of that day (YYYY-MM-DD) at 02:00."""
    return day.replace("-", "") + DAY + digits


def plant(home: Home, release_id: str, parent: str | None = None, is_current: bool = False) -> Path:
    """A folder like a release's, of a kilobyte and a manifest that names its parent alone."""
    folder = home.releases / release_id
    folder.mkdir(parents=True)
    (folder / "registry.duckdb").write_bytes(b"x" * 1000)
    (folder / "manifest.json").write_text(json.dumps({"parent_release": parent}), encoding="utf-8")
    if is_current:
        home.current.unlink(missing_ok=True)
        home.current.symlink_to(release_id)
    return folder
