"""docs/imputation.md is executed on the demonstration study."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.demonstration import Demonstration, copy_of
from tests.own_rules.test_page import executed
from tests.structure.checkout import ROOT

PAGE = ROOT / "docs" / "imputation.md"


def test_the_page_shows_what_is_printed(light_study: Demonstration, tmp_path: Path) -> None:
    """Every command on the page prints what stands below it, to the last digit: imputations are reproducible."""
    text = PAGE.read_text(encoding="utf-8")
    assert executed(text, copy_of(light_study, tmp_path).root, lambda: None, "no refresh") == text
