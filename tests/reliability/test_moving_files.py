"""Files and folders of landing/ vanish, grow or become unreadable while a refresh looks at them."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.automation.delivery_checks import landing_result
from tests.orchestration.command import run_here
from tests.warehouse.conftest import kit
from tests.warehouse.kit import EXTRACT, SITE, Kit, csv_of, row_of
from warehouse.archive.archive import Archive
from warehouse.intake import landing, landing_problems

__all__ = ["kit"]
NAME = f"{EXTRACT}_a.csv"


@pytest.fixture
def delivered(kit: Kit) -> Kit:
    """Two exports wait: genotypes, which is read first, and sessions."""
    for export in ("genotypes", "rfa_sessions"):
        kit.deliver(SITE, export, NAME, csv_of([row_of(export)]))
    return kit


def land(kit: Kit, when: str, do: Callable[[Path], object]) -> landing.Landed:
    """Land, and let something happen to the sessions' file just before the file `when` is read."""
    path = kit.home.landing / SITE / "rfa_sessions" / NAME

    def happen(place: str) -> None:
        if when in place:
            do(path)

    return landing.land(kit.home, Archive(kit.home), happen)


def grow(path: Path) -> None:
    """Append a row, as a program that still writes the file does."""
    with open(path, "a", encoding="utf-8") as file:
        file.write(csv_of([row_of("rfa_sessions", patient_id="P2")]).splitlines()[-1] + "\n")


@pytest.mark.parametrize(
    ("when", "do"),
    [
        ("rfa_sessions", Path.unlink),
        ("genotypes", Path.unlink),
        ("genotypes", lambda path: shutil.rmtree(path.parent)),
        ("genotypes", lambda path: shutil.rmtree(path.parent.parent)),
    ],
    ids=["before it is read", "before it is listed", "its folder", "its site"],
)
def test_what_vanishes_does_not_stop_the_rest(delivered: Kit, when: str, do: Callable[[Path], object]) -> None:
    """A file, folder or site that vanishes during the scan fails nothing; what is there is loaded."""
    delivered.deliver("south", "genotypes", NAME, csv_of([row_of("genotypes")]))
    landed = land(delivered, f"{SITE}/{when}", do)
    taken = {(a.site, a.export) for a in landed.arrivals}
    assert ("south", "genotypes") in taken and (SITE, "rfa_sessions") not in taken


@pytest.mark.long
def test_a_file_that_grows_waits(delivered: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that grows while it is read waits, and status and interface say so until the next refresh has loaded it
    completely.
    """
    store = Archive._store

    def store_while_growing(archive: Archive, path: Path, what: str = "incoming") -> tuple[Path, str, int]:
        stored = store(archive, path, what)
        grow(path) if path.parent.name == "rfa_sessions" else None
        return stored

    with monkeypatch.context() as growing:
        growing.setattr(Archive, "_store", store_while_growing)
        assert delivered.land() == [f"landing/{SITE}/rfa_sessions/{NAME}"]
    said = f"landing/{SITE}/rfa_sessions/{NAME}: The file changed while it was read; it waits."
    assert f"Problem          {said}\n" in run_here(delivered.home.root, "status").text
    told = landing_result(delivered.home)
    assert not told.passed and told.description == said
    delivered.refresh()
    assert delivered.problems == [] == landing_problems.landing_problems(delivered.home)
    assert landing_result(delivered.home).passed and "Problem" not in run_here(delivered.home.root, "status").text
    received = delivered.rows("SELECT rows_received FROM meta.loads WHERE export = 'rfa_sessions'")
    assert [row["rows_received"] for row in received] == [2]


def test_a_file_that_cannot_be_opened(delivered: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without read permission is reported until it has been loaded or is gone."""
    path, store = delivered.home.landing / SITE / "rfa_sessions" / NAME, Archive._store

    def refuse(archive: Archive, source: Path, what: str = "incoming") -> tuple[Path, str, int]:
        if source == path:
            raise PermissionError(13, os.strerror(13), str(path))
        return store(archive, source, what)

    monkeypatch.setattr(Archive, "_store", refuse)
    said = [(f"landing/{SITE}/rfa_sessions/{NAME}", "The file cannot be opened (Permission denied); it waits.")]
    assert landing.land(delivered.home, Archive(delivered.home)).problems == said
    assert landing_problems.landing_problems(delivered.home) == said
    path.unlink()
    assert landing_problems.landing_problems(delivered.home) == []


def test_a_site_toml_that_vanishes(delivered: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a site.toml vanishes during the scan, the site's files wait, and no other site's."""
    delivered.configure(SITE, "")
    delivered.deliver("south", "genotypes", NAME, csv_of([row_of("genotypes")]))
    stamp = landing.stamp_of

    def gone(path: str) -> tuple[int, int, int, int]:
        if path.endswith(landing.SITE_FILE):
            Path(path).unlink(missing_ok=True)
        return stamp(path)

    monkeypatch.setattr(landing, "stamp_of", gone)
    landed = landing.land(delivered.home, Archive(delivered.home))
    assert [(a.site, a.export) for a in landed.arrivals] == [("south", "genotypes")]
    assert [place for place, _ in landed.problems] == [f"landing/{SITE}/site.toml"]


def test_a_folder_that_cannot_be_opened(delivered: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without permission is reported, and the others are loaded."""
    closed = delivered.home.landing / SITE / "genotypes"
    listed = os.scandir

    def scandir(path: Path):
        if path == closed:
            raise PermissionError(13, os.strerror(13), str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    landed = landing.land(delivered.home, Archive(delivered.home))
    assert [a.export for a in landed.arrivals] == ["rfa_sessions"]
    assert landed.problems == [
        (f"landing/{SITE}/genotypes", "The folder cannot be opened (Permission denied); its files wait.")
    ]
