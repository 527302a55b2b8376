"""The note in a refresh: it is part of the release and never prevents it."""

import re
import stat
from pathlib import Path

import pytest

import workflows.morning_note
from tests.e2e.demonstration import Demonstration, copy_of
from tests.orchestration.command import run_here
from tests.orchestration.home_state import deliver_new_patient
from tests.orchestration.light import EVERYTHING
from warehouse.releases.release import find_release

VALUE = "zqmark local 23.7182818"


def test_the_first_release_has_its_note(demonstration: Demonstration) -> None:
    """A first release says what was received, in the file and on the page; only its owner can read the file."""
    file = demonstration.release.folder / "morning_note.md"
    assert stat.S_IMODE(file.stat().st_mode) == 0o400
    assert "This is the first release" in file.read_text(encoding="utf-8")
    assert "| Patient records accepted | 120 |" in file.read_text(encoding="utf-8")
    assert "This is the first release" in demonstration.release.report.read_text(encoding="utf-8")


@pytest.mark.long
def test_a_failing_comparison_never_fails_the_release(
    demonstration: Demonstration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The release is published completely; note and page say that the comparison failed and the kind of failure; only
    the owner's error report quotes the cause. `registry diff` makes the comparison later.
    """
    home = copy_of(demonstration, tmp_path)
    deliver_new_patient(home)

    def fails(_):
        raise ValueError(VALUE)

    with monkeypatch.context() as broken:
        broken.setattr(workflows.morning_note, "difference", fails)
        ran = run_here(home.root, "refresh", makes=EVERYTHING)
    assert ran.code == 0 and ran.text.startswith("Released ")
    release = find_release(home)
    assert release.manifest["parent_release"] == demonstration.release.release_id
    note, page = ((release.folder / name).read_text(encoding="utf-8") for name in ("morning_note.md", "report.html"))
    assert "failed (ValueError)" in note and "failed (ValueError)" in page
    assert VALUE in home.error_report.read_text(encoding="utf-8")
    told = [p for p in (*home.dagster.rglob("*"), *release.folder.rglob("*")) if p.is_file()]
    assert not any(VALUE.encode() in p.read_bytes() for p in told)
    assert VALUE.encode() not in ran.out + ran.err
    later = run_here(home.root, "diff", "previous", "current")
    assert later.code == 0 and "index-study / SYN-0901" in later.text
    assert re.search(
        r"All +23\.33 \(28/120\) +23\.14 \(28/121\) +\N{MINUS SIGN}0\.19 +0 +0 +\N{MINUS SIGN}0\.19", later.text
    )
