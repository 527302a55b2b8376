"""`registry status` lists deliveries that were received but not released, as a failed run leaves them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.demonstration import Demonstration, copy_of
from tests.orchestration.command import run_here
from tests.orchestration.home_state import deliver_new_patient
from warehouse.archive.archive import Archive
from warehouse.intake.landing import land


@pytest.mark.long
def test_status_says_what_is_not_in_the_release_yet(demonstration: Demonstration, tmp_path: Path) -> None:
    """status lists nothing after a release, files in landing/ as waiting, and files in the archive as received."""
    home = copy_of(demonstration, tmp_path)
    assert "Received" not in run_here(home.root, "status").text
    deliver_new_patient(home)
    assert "Received" not in (waits := run_here(home.root, "status").text) and "Waiting          2 files" in waits
    land(home, Archive(home))
    received = run_here(home.root, "status").text
    assert "Waiting          0 files" in received
    assert "Received         2 deliveries are in the archive but not yet in the release:" in received
    assert received.count("index-study/") >= 2
