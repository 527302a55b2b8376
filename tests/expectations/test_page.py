"""docs/expectations.md is executed on the demonstration study, and what its suites do is found in the releases."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.demonstration import Demonstration, copy_of
from tests.expectations.suites import BETWEEN, expectation, text
from tests.orchestration.command import Ran, run_here
from tests.orchestration.light import WITH_HISTORY
from tests.own_rules.test_page import Executed, executed
from tests.structure.checkout import ROOT
from warehouse.intake.watch_landing import Watch, look
from warehouse.refresh.anything_to_do import is_up_to_date
from warehouse.storage.home_files import SUITE_FILES

PAGE = ROOT / "docs" / "expectations.md"
REFRESH = "4. `registry refresh`"


@pytest.fixture(scope="module")
def page(light_study: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Executed:
    """The page, executed; its second suite stays in the home."""
    home = copy_of(light_study, tmp_path_factory.mktemp("expectations"))
    done: list[Ran] = []
    refresh: Callable[[], None] = lambda: done.append(run_here(home.root, "refresh", makes=WITH_HISTORY))  # noqa: E731
    shown = executed(PAGE.read_text(encoding="utf-8"), home.root, refresh, REFRESH)
    assert [ran.code for ran in done] == [0]
    return Executed(shown, home)


@pytest.mark.long
def test_the_page_shows_what_is_printed(page: Executed) -> None:
    """Every command on the page prints what stands below it."""
    assert page.text == PAGE.read_text(encoding="utf-8")


@pytest.mark.long
def test_a_change_of_a_suite_makes_a_release_due(page: Executed) -> None:
    """The second suite came after the refresh: status says what waits; judged, it is told and released; then nothing
    is left to do. Manifest and meta.suites hold the files.
    """
    assert not is_up_to_date(page.home)
    assert "expectations/" in look(page.home, Watch(), 0, 10).not_quiet
    assert "The files in expectations/ have changed since the release was made." in page.run("status").text
    ran = page.run("refresh")
    assert ran.code == 0 and ran.text.startswith("Released ")
    told = "expectations/empty.json clean.rfa_sessions power_w: values to be between: Not judged: It checks nothing"
    assert told in ran.err.decode() and told in page.run("status").text
    manifest = json.loads((page.home.current / "manifest.json").read_text(encoding="utf-8"))
    assert [(one["file"], one["sha256"]) for one in manifest["suites"]] == list(SUITE_FILES.stamps(page.home))
    held = page.run("query", "SELECT suite_file, n_expectations FROM meta.suites", "--format", "csv")
    assert held.text.splitlines()[1:] == ["empty.json,3", "house.json,4"]
    assert is_up_to_date(page.home)
    assert "expectations/" not in look(page.home, Watch(), 0, 10).not_quiet, "nor is there for the daemon"


@pytest.mark.long
def test_a_gate_refuses_and_a_slip_in_one_does_not(page: Executed, tmp_path: Path) -> None:
    """A gate that is not met refuses the release by name; with a misspelt column it is told, and a release made."""
    home = Executed("", copy_of_home(page, tmp_path))
    gate = expectation(BETWEEN, "max_diameter_mm", min_value=1000, meta={"gate": True})
    stated = SUITE_FILES.folder_of(home.home) / "gates.json"
    stated.write_text(text(gate, name="gates"), encoding="utf-8")
    before = home.home.current.resolve().name
    ran = home.run("refresh")
    assert ran.code == 3 and "own_gates" in ran.err.decode()
    assert home.home.current.resolve().name == before
    gate["kwargs"]["column"] = "max_diametre_mm"
    stated.write_text(text(gate, name="gates"), encoding="utf-8")
    ran = home.run("refresh")
    assert ran.code == 0 and "Did you mean max_diameter_mm?" in ran.err.decode()
    assert home.home.current.resolve().name != before


@pytest.mark.long
def test_a_rebuild_writes_the_files_again(page: Executed, tmp_path: Path) -> None:
    """A release alone, with the archive, gives the same suites in a new home."""
    ran = page.run("rebuild", page.home.current.resolve().name, "--into", str(tmp_path / "rebuilt"))
    assert ran.code == 0, ran.err.decode()
    manifest = json.loads((page.home.current / "manifest.json").read_text(encoding="utf-8"))
    made_with = tuple((one["file"], one["sha256"]) for one in manifest["suites"])
    assert SUITE_FILES.stamps(type(page.home)(tmp_path / "rebuilt")) == made_with != ()


@pytest.mark.long
def test_a_suite_is_begun_and_not_overwritten(page: Executed) -> None:
    """A second one of that name is refused, and so is a table that does not exist."""
    again = page.run("suite", "new", "house", "--table", "clean.lesions")
    assert again.code == 1 and "house.json exists already." in again.err.decode()
    unknown = page.run("suite", "new", "other", "--table", "lesions")
    assert unknown.code == 1 and re.search("Did you mean clean.lesions", unknown.err.decode())
    ours = page.run("suite", "new", "dates", "--table", "clean.lesions")
    assert ours.code == 1 and "is taken by the platform" in ours.err.decode()
    assert not (SUITE_FILES.folder_of(page.home) / "dates.json").exists()


def copy_of_home(page: Executed, folder: Path):
    """A copy of the page's home."""
    shutil.copytree(page.home.root, folder / "home", symlinks=True)
    return type(page.home)(folder / "home")
