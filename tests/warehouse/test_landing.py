"""Tests landing/: which folders and files count, what site.toml does, and that nothing there is changed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.warehouse.kit import SITE, Kit
from warehouse.archive.archive import Archive
from warehouse.intake import landing
from warehouse.intake.landing_problems import landing_problems, waiting_files

ROWS = "patient_id\nP1\n"


def sites(kit: Kit) -> list[str]:
    """Sites with rows in clean.patients."""
    return [site for (site,) in kit.tuples("SELECT DISTINCT site FROM clean.patients ORDER BY 1")]


BROKEN_TOML = {
    "not TOML": "[exports.patients\nmode = ",
    "unknown mode": '[exports.patients]\nmode = "mirror"\n',
    "mode is no word": "[exports.patients]\nmode = 7\n",
    "unknown export": '[exports.surgery]\nmode = "delta"\n',
    "export is no table": '[exports]\npatients = "snapshot"\n',
    "exports is no table": "exports = 1\n",
    "not UTF-8": b'[exports.patients]\nmode = "\xff"\n',
}


@pytest.mark.parametrize("what", BROKEN_TOML)
def test_a_site_whose_site_toml_is_broken_waits(kit: Kit, what: str) -> None:
    """Nothing of the site is taken, the problem says so, and the other sites go on."""
    for site in ("north", "south"):
        kit.deliver(site, "patients", "a.csv", ROWS)
    kit.configure("north", BROKEN_TOML[what])
    assert kit.land() == ["landing/north/site.toml"]
    assert kit.problems[0][1].endswith("The site's files wait.")
    assert [a.site for a in Archive(kit.home).arrivals] == ["south"]


@pytest.mark.long
def test_a_corrected_site_toml_lets_the_files_in(kit: Kit) -> None:
    """What waited is taken at the next look; until then what the site had before stays as it was."""
    kit.deliver("north", "patients", "a.csv", ROWS)
    kit.refresh()
    kit.configure("north", "=")
    kit.deliver("north", "patients", "b.csv", "patient_id\nP2\n")
    kit.refresh()
    assert kit.tuples("SELECT patient_id FROM clean.patients") == [("P1",)]
    kit.configure("north", '\ufeff[exports.patients]\nmode = "snapshot"\n')
    kit.refresh().confirm("b.csv", "north").refresh()
    assert kit.tuples("SELECT patient_id FROM clean.patients") == [("P2",)]
    assert kit.problems == []


def test_what_does_not_belong_is_named_and_left_alone(kit: Kit) -> None:
    """Folders that are no site or no export, and files in the wrong place, are problems, each with its cure."""
    kit.deliver(SITE, "patients", "a.csv", ROWS)
    kit.deliver("North Clinic", "patients", "a.csv", ROWS)
    kit.deliver(SITE, "surgeries", "a.csv", ROWS)
    (kit.home.landing / "stray.csv").write_text(ROWS)
    (kit.home.landing / SITE / "stray.csv").write_text(ROWS)
    kit.refresh()
    assert sorted((place, sentence.rpartition("; ")[2]) for place, sentence in kit.problems) == [
        ("landing/North Clinic", "rename it."),
        (f"landing/{SITE}/stray.csv", "move it."),
        (f"landing/{SITE}/surgeries", "rename it."),
        ("landing/stray.csv", "move it."),
    ]
    assert sites(kit) == [SITE]


def test_answers_hidden_and_unfinished_files_are_passed_over(kit: Kit) -> None:
    """Dot files, Excel's lock files and half-copied files are neither loads nor problems; answers are no export's."""
    for name in (".DS_Store", "~$a.xlsx", "a.csv.part", "a.csv.tmp"):
        kit.deliver(SITE, "patients", name, "x")
    kit.deliver(SITE, "answers", "a.csv", "x")
    kit.refresh()
    assert kit.problems == []
    assert kit.tuples("SELECT export, status FROM meta.loads") == [("answers", "rejected")]


@pytest.mark.long
def test_landing_is_read_and_never_changed(kit: Kit) -> None:
    """Files keep their names, bytes and times, whatever became of them."""
    kit.deliver(SITE, "patients", "a.csv", ROWS)
    kit.deliver(SITE, "patients", "b.csv", b"\0")
    kit.configure(SITE, "=")

    def seen() -> list[tuple[str, bytes, int]]:
        files = sorted(p for p in kit.home.landing.rglob("*") if p.is_file())
        return [(str(p), p.read_bytes(), p.stat().st_mtime_ns) for p in files]

    before = seen()
    kit.refresh()
    kit.configure(SITE, "")
    kit.refresh()
    assert seen()[:2] == before[:2]


@pytest.mark.long
def test_the_archive_is_all_that_a_rebuild_needs(kit: Kit) -> None:
    """With landing/ empty, a full refresh gives the same clean tables, and the archive is for its owner only."""
    kit.configure(SITE, '[exports.patients]\nmode = "snapshot"\n')
    kit.deliver(SITE, "patients", "a.csv", "patient_id\nP1\nP2\n")
    kit.deliver(SITE, "patients", "b.csv", "patient_id\nP2\n")
    kit.refresh()
    before = kit.tuples("SELECT * FROM clean.patients")
    for path in sorted(kit.home.landing.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    kit.refresh(full=True)
    assert kit.tuples("SELECT * FROM clean.patients") == before == [*before[:1]]
    modes = [stat_mode(kit.home.archive), stat_mode(kit.home.build_database)]
    assert modes == [0o700, 0o600]


def stat_mode(path: Path) -> int:
    """The permission bits."""
    return os.stat(path).st_mode & 0o777


@pytest.mark.long
def test_waiting_files_are_those_that_a_refresh_would_take(kit: Kit) -> None:
    """Before the refresh the new file waits; after it none does."""
    kit.deliver(SITE, "patients", "a.csv", ROWS)
    assert [w.path.name for w in waiting_files(kit.home, Archive(kit.home))] == ["a.csv"]
    kit.refresh()
    assert waiting_files(kit.home, Archive(kit.home)) == []


@pytest.mark.long
def test_a_log_line_that_a_crash_cut_off_is_left_out(kit: Kit) -> None:
    """The arrival that was not recorded whole is taken again; those before it stay."""
    kit.deliver(SITE, "patients", "a.csv", ROWS)
    kit.refresh()
    with open(kit.home.archive / "arrivals.ndjson", "a") as log:
        log.write('{"load_no": 2, "site": "nor')
    kit.deliver(SITE, "patients", "b.csv", ROWS)
    kit.refresh()
    assert kit.tuples("SELECT load_id, delivery FROM meta.loads ORDER BY 1") == [
        ("L000001", "a.csv"),
        ("L000002", "b.csv"),
    ]


@pytest.mark.long
def test_a_file_that_still_grows_waits_for_the_next_run(kit: Kit) -> None:
    """Where a run leaves what changed a moment ago, half a snapshot withdraws nobody, and the other file is taken."""
    kit.configure(SITE, '[exports.patients]\nmode = "snapshot"\n')
    kit.deliver(SITE, "patients", "a.csv", "patient_id\nP1\nP2\n")
    kit.refresh()
    complete = kit.deliver("south", "patients", "a.csv", ROWS)
    time.sleep(1.2)
    growing = kit.deliver(SITE, "patients", "b.csv", "patient_id\nP1\n")

    def places() -> list[tuple[str, str]]:
        return landing.land(kit.home, Archive(kit.home), quiet_seconds=1).problems

    assert places() == [(f"landing/{SITE}/patients/b.csv", "The file is still being written; it waits.")]
    assert [(a.site, a.file_name) for a in Archive(kit.home).arrivals][-1] == ("south", complete.name)
    with open(growing, "a") as file:
        file.write("P2\n")
    assert len(places()) == 1
    time.sleep(1.2)
    assert places() == []
    kit.refresh()
    assert kit.tuples("SELECT site, patient_id FROM clean.patients ORDER BY ALL") == [
        (SITE, "P1"),
        (SITE, "P2"),
        ("south", "P1"),
    ]


def test_a_site_toml_that_is_still_written_holds_its_site(kit: Kit) -> None:
    """What the site's files mean may be about to change; a person who asks takes them at once."""
    kit.deliver(SITE, "patients", "a.csv", ROWS)
    kit.configure(SITE, "")
    (problem,) = landing.land(kit.home, Archive(kit.home), quiet_seconds=60).problems
    assert problem == (f"landing/{SITE}/site.toml", "The file is still being written. The site's files wait.")
    assert kit.land() == [] and len(Archive(kit.home).arrivals) == 2


def test_a_time_in_the_future_is_a_wrong_clock(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file does not wait until its time comes."""
    kit.deliver(SITE, "patients", "a.csv", ROWS)
    now = time.time()
    monkeypatch.setattr(landing.time, "time", lambda: now - 3600)
    assert landing.land(kit.home, Archive(kit.home), quiet_seconds=60).problems == []


def test_a_language_without_a_catalogue_is_said(kit: Kit) -> None:
    """The site's sheets are in English, and refresh and status say so; the file holds."""
    kit.configure(SITE, 'language = "pt"\n')
    assert kit.land() == []
    ((place, said),) = landing_problems(kit.home)
    assert place == f"landing/{SITE}/site.toml" and said.startswith("There is no catalogue for 'pt'; these are: en,")
    assert said.endswith("Query sheets for the site are in English.")


def test_a_change_of_the_same_size_and_a_site_file_wait(kit: Kit) -> None:
    """What a refresh would take waits, whether its size tells of it or not; a site.toml as a delivery does."""
    kit.deliver(SITE, "patients", "a.csv", ROWS)
    kit.land()
    kit.deliver(SITE, "patients", "a.csv", ROWS.replace("P1", "P2"))
    assert [w.path.name for w in waiting_files(kit.home, Archive(kit.home))] == ["a.csv"]
    kit.configure(SITE, "")
    assert [w.path.name for w in waiting_files(kit.home, Archive(kit.home))] == ["site.toml", "a.csv"]
    kit.land()
    assert waiting_files(kit.home, Archive(kit.home)) == []
