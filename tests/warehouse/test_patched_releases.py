"""A release is patched only if nobody is left behind in the free blocks of its file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.warehouse.kit import SITE, Kit
from warehouse.incremental.change_log import DUE
from warehouse.quality.entry_changes import write_changes
from warehouse.releases.release_tables import copy_tables, patch_tables, takes_back
from warehouse.storage.for_readers import write_for_readers

HEADER = "patient_id,session_id,session_date,lesion_id,max_diameter_mm\n"
BOTH = "P1,S1,2023-01-10,L1,21\nP2,S1,2023-02-10,L1,22\n"
NIGHTS = {
    "a changed row": (BOTH.replace("21", "23") + "P3,S1,2023-02-10,L1,22\n", False),
    "a new patient": (f"{BOTH}P3,S1,2023-02-10,L1,22\n", False),
    "a patient set aside": (f"{BOTH}P3,S1,never,L1,22\n", False),
    "a patient withdrawn": ("P2,S1,2023-02-10,L1,22\nP3,S1,2023-02-10,L1,22\n,S2,2023-02-10,L1,22\n", True),
}


def sessions(kit: Kit, name: str, rows: str) -> None:
    """Deliver a snapshot of the site's sessions and take it in."""
    kit.configure(SITE, '[exports.rfa_sessions]\nmode = "snapshot"\nmax_withdrawn = 1.0\n')
    kit.deliver(SITE, "rfa_sessions", name, HEADER + rows)
    kit.refresh()
    write_changes(kit.con, kit.home)
    write_for_readers(kit.con)


@pytest.mark.long
@pytest.mark.parametrize("rows, goes_back", NIGHTS.values(), ids=NIGHTS)
def test_who_left_is_not_left_in_free_blocks(kit: Kit, rows: str, goes_back: bool) -> None:
    """A patient who is in no table any more could not be found there by an erasure: the file is written anew."""
    sessions(kit, "2024-01-31_a.csv", BOTH)
    sessions(kit, "2024-02-29_b.csv", rows)
    kit.con.execute(f"CREATE OR REPLACE TABLE {DUE} AS SELECT '{SITE}' AS site, unnest(['P1', 'P3', '']) AS patient_id")
    assert takes_back(kit.con) is goes_back


@pytest.mark.long
def test_a_patched_file_does_not_grow(kit: Kit, tmp_path: Path) -> None:
    """What is copied completely takes up the space of what it replaces."""
    sessions(kit, "2024-01-31_a.csv", BOTH)
    kit.con.execute("CREATE TABLE analysis.km_curve AS SELECT random() AS estimate FROM range(500000)")
    kit.con.execute(f"CREATE OR REPLACE TABLE {DUE} AS SELECT site, patient_id FROM clean.patients LIMIT 1")
    copy_tables(kit.con, tmp_path / "first")
    patch_tables(kit.con, tmp_path / "second", tmp_path / "first")
    assert (tmp_path / "second").stat().st_size < 1.3 * (tmp_path / "first").stat().st_size
