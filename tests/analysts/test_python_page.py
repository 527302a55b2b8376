"""Python in docs/python.md, docs/cohorts.md and the README is executed, and the pages show what comes out."""

from __future__ import annotations

import re

import pytest

from tests.analysts.run_python import FENCE, run_page
from tests.e2e.demonstration import Demonstration
from tests.structure.checkout import ROOT


@pytest.mark.long
@pytest.mark.parametrize(("name", "blocks"), [("docs/python.md", 8), ("docs/cohorts.md", 6), ("README.md", 1)])
def test_the_page_shows_what_comes_out(
    demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch, name: str, blocks: int
) -> None:
    """Every block of Python on the page gives what stands below it, but for ids and hashes of the release."""
    monkeypatch.setenv("REGISTRY_HOME", str(demonstration.home.root))
    text = (ROOT / name).read_text(encoding="utf-8")
    assert len(FENCE.findall(text)) == blocks == len(re.findall(r"^```python$", text, re.M))
    assert run_page(text) == text
