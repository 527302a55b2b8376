"""The demonstration study's report, and those of cohorts from it, in the registry's language."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from analysis.report import render
from languages.known import ENGLISH, LANGUAGES
from languages.phrases import Phrases
from tests.cohorts.recipe_folder import BY_AN_OUTCOME, OF_LESIONS
from tests.e2e.demonstration import Demonstration
from tests.variants import quick
from warehouse.cohorts.recipe import parse_recipe
from workflows import analyse_recipe
from workflows.report_facts import report_content

TRANSLATED = [code for code in LANGUAGES if code != ENGLISH]
OF_PEOPLE = {"index-study", "Index-study", "Survival after LTP", "percutaneous", "progressed"}
"""Names that people gave: of the site, a recipe and its criteria."""


@pytest.fixture
def unsaid(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What was to be said and is not known, while the test runs."""
    found: set[str] = set()
    say = Phrases.say

    def noting(self: Phrases, text: str) -> str:
        if not self.is_english and re.search(r"[^\W\d_]", text) and not self.knows(text):
            found.add(text)
        return say(self, text)

    monkeypatch.setattr(Phrases, "say", noting)
    return found


@pytest.mark.long
@pytest.mark.parametrize("code", quick(1, TRANSLATED))
def test_the_whole_report_is_said(demonstration: Demonstration, code: str, unsaid: set[str]) -> None:
    """A report with every section, of a registry with its history of quality, has no English text left but names."""
    release = demonstration.release
    with duckdb.connect(str(demonstration.home.warehouse / "build.duckdb"), read_only=True) as con:
        content = report_content(con, release.release_id, release.manifest, demonstration.home)
    page = render(replace(content, language=code))
    assert unsaid - OF_PEOPLE == set()
    assert f'<html lang="{code}">' in page


@pytest.mark.long
@pytest.mark.parametrize("text", [BY_AN_OUTCOME, OF_LESIONS], ids=["by an outcome", "of lesions"])
def test_a_recipes_page_is_said(
    demonstration: Demonstration, text: str, unsaid: set[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A recipe's page, manuscript and warning in every picture are in the registry's language too."""
    monkeypatch.setattr(analyse_recipe, "language_of", lambda release: "de")
    monkeypatch.setattr("analysis.report.figure_block.PAPER_DOTS_PER_INCH", 30)  # nothing here is about pixels
    analyse_recipe.analyse_recipe(demonstration.release, parse_recipe(text), tmp_path / "out")
    assert unsaid - OF_PEOPLE == set()
    assert '<html lang="de">' in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
