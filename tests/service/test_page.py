"""docs/service.md is executed on the demonstration study, and what its setting does is found in the release."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from analysis.service.outcomes import COMPLICATION, EFFICACY, LTP
from tests.e2e.demonstration import Demonstration, copy_of
from tests.orchestration.command import Ran, run_here
from tests.orchestration.light import FEW_ANALYSES, WITH_HISTORY
from tests.own_rules.test_page import executed
from tests.structure.checkout import ROOT
from warehouse.storage.home import Home
from warehouse.storage.home_settings import FILE, OPERATORS, home_settings
from warehouse.storage.table_catalogue import SERVICE_TABLES

PAGE = ROOT / "docs" / "service.md"
REFRESH = "3. `registry refresh`"
NAMES = tuple(table.name for table in SERVICE_TABLES)
MAKES = replace(WITH_HISTORY, analyses=(*FEW_ANALYSES, *NAMES))
BY_OPERATOR = "SELECT count(*) FILTER (operator_id <> '') > 0, count(*) > 0 FROM analysis.service_volumes"


@dataclass(frozen=True)
class Executed:
    """The page as it was printed, and the home that it left."""

    text: str
    home: Home

    def refresh(self) -> Ran:
        """Refresh with the tables of the service."""
        return run_here(self.home.root, "refresh", makes=MAKES)

    def asked(self, sql: str) -> list[str]:
        """The lines of a query, without the header."""
        return run_here(self.home.root, "query", sql, "--format", "csv").text.splitlines()[1:]


@pytest.fixture(scope="module")
def page(light_study: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Executed:
    """The page, executed."""
    home = copy_of(light_study, tmp_path_factory.mktemp("service"))
    done: list[Ran] = []
    text = executed(
        PAGE.read_text(encoding="utf-8"),
        home.root,
        lambda: done.append(run_here(home.root, "refresh", makes=MAKES)),
        REFRESH,
    )
    assert [ran.code for ran in done] == [0], done[0].err.decode()
    return Executed(text, home)


@pytest.mark.long
def test_the_page_shows_what_is_printed(page: Executed) -> None:
    """Every command on the page prints what stands below it."""
    assert page.text == PAGE.read_text(encoding="utf-8")


@pytest.mark.long
def test_the_page_names_every_table_and_outcome() -> None:
    """Each table of the service stands on the page, and each outcome."""
    text = PAGE.read_text(encoding="utf-8")
    names = [*(name.removeprefix("service_") for name in NAMES), COMPLICATION, EFFICACY, LTP]
    assert [name for name in names if name not in text] == []


@pytest.mark.long
def test_a_rebuild_counts_the_same(page: Executed, tmp_path: Path) -> None:
    """A release alone, with the archive, gives the same tables in a new home, whose registry.toml has the setting."""
    ran = run_here(
        page.home.root, "rebuild", page.home.current.resolve().name, "--into", str(tmp_path / "rebuilt"), makes=MAKES
    )
    assert ran.code == 0, ran.err.decode()
    assert home_settings(Home(tmp_path / "rebuilt")).service == OPERATORS


@pytest.mark.long
def test_a_change_of_the_setting_is_a_refresh(page: Executed) -> None:
    """Nothing is delivered: status says what waits, the next refresh drops the operators, the manifest has the setting,
    and another refresh does nothing; a slip is one sentence and leaves the release.
    """
    file = page.home.root / FILE
    assert page.asked(BY_OPERATOR) == ["true,true"]
    file.write_text('service = "centres"\n', encoding="utf-8")
    assert "registry.toml asks for another service" in run_here(page.home.root, "status").text
    ran = page.refresh()
    assert ran.code == 0 and ran.text.startswith("Released "), ran.err.decode()
    assert page.asked(BY_OPERATOR) == ["false,true"]
    assert json.loads((page.home.current / "manifest.json").read_text(encoding="utf-8"))["service"] == "centres"
    assert page.refresh().text.startswith("Nothing new")
    before = page.home.current.resolve()
    file.write_text('service = "centers"\n', encoding="utf-8")
    ran = page.refresh()
    assert ran.code == 1 and "Is it centres?" in ran.err.decode()
    assert page.home.current.resolve() == before
