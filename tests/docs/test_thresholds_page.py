"""docs/thresholds.md is executed on the demonstration study: a threshold is added from this page alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.measures import MEASURES
from schemas.site_rules import KNOWN_BY_SITE, REGISTRY_RULES_BY_SITE
from tests.e2e.demonstration import Demonstration, copy_of
from tests.orchestration.command import Ran, run_here
from tests.orchestration.light import WITH_HISTORY
from tests.own_rules.test_page import executed
from tests.structure.checkout import ROOT

PAGE = ROOT / "docs" / "thresholds.md"


@pytest.fixture(scope="module")
def page(light_study: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The page, executed, and the home that it left."""
    home = copy_of(light_study, tmp_path_factory.mktemp("thresholds")).root
    done: list[Ran] = []
    text = executed(
        PAGE.read_text(encoding="utf-8"), home, lambda: done.append(run_here(home, "refresh", makes=WITH_HISTORY))
    )
    assert [ran.code for ran in done] == [0] and done[0].text.startswith("Released ")
    return text, home


@pytest.mark.long
def test_the_page_shows_what_is_printed(page: tuple[str, Path]) -> None:
    """Every command on the page prints what stands below it."""
    assert page[0] == PAGE.read_text(encoding="utf-8")


@pytest.mark.long
def test_a_threshold_alone_moves_no_published_figure(page: tuple[str, Path], light_study: Demonstration) -> None:
    """The release that the page makes has other results of the site and the report's list, and no other figure."""
    moved = {
        name
        for name, table in light_study.release.manifest["tables"].items()
        if table["is_hashed"] and table["sha256"] != _tables(page[1])[name]["sha256"]
    }
    assert moved == {"quality.site_results", "quality.thresholds", "quality.scorecard"}


@pytest.mark.long
def test_the_page_lists_every_measure_and_rule() -> None:
    """What is followed, and which rules about the registry may have a threshold, stand on the page."""
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in MEASURES if f"`{name}`" not in text] == []
    assert [name for name in (*REGISTRY_RULES_BY_SITE, *KNOWN_BY_SITE) if name not in text] == []


def _tables(home: Path) -> dict:
    from warehouse.releases.release import find_release
    from warehouse.storage.home import Home

    return find_release(Home(home)).manifest["tables"]
