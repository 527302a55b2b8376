"""The page docs/sources/redcap_api.md is executed: its commands run against a server, and say what the page says."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration.cli import main
from tests.docs.test_source_pages import FENCE
from tests.pulls.conftest import DATA, DICTIONARY
from tests.pulls.redcap_server import TOKEN, Redcap, serving
from tests.structure.checkout import ROOT
from tests.warehouse.kit import Kit, new_kit
from warehouse.pulls import take_pages
from warehouse.pulls.redcap_api import WAITS_SECONDS
from warehouse.pulls.targets import PAGE_RECORDS

PAGE = ROOT / "docs" / "sources" / "redcap_api.md"
SITE, CHANGED = "clinic-a", "9999-01-01 00:00:00"
STAMP = re.compile(r"\d{4}-\d\d-\d\d_\d{6}")


@pytest.mark.long
def test_the_page_is_what_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the site.toml and the token's file to deletions: each command and each query gives what stands below it."""
    blocks = FENCE.findall(PAGE.read_text(encoding="utf-8"))
    assert [language for language, *_ in blocks].count("console") == 4
    with new_kit(tmp_path / "home") as kit, serving(Redcap(DICTIONARY, DATA)) as project:
        monkeypatch.setenv("REGISTRY_HOME", str(kit.home.root))
        for place, (language, said, text) in enumerate(blocks):
            if language == "toml":
                kit.configure(SITE, text.replace("https://redcap.example.org/api/", project.address))
                assert said == f"landing/{SITE}/site.toml"
            elif language == "sh":
                subprocess.run(["sh", "-e", "-c", text], input=TOKEN, text=True, check=True)
            elif language == "console":
                _happen(project, said)
                _command(text)
            elif language == "sql":
                _query(kit, text, blocks[place + 1])


def _happen(project: Redcap, said: str) -> None:
    """Do in the project what the block's first line says."""
    what, *words = said.split() or [""]
    if what == "change":
        project.change(words[0], words[1], words[2], CHANGED, row=1)
    elif what == "delete":
        project.delete(words[0], row=int(words[1]), at=CHANGED)


def _command(text: str) -> None:
    command, _, shown = text.partition("\n")
    done = CliRunner().invoke(main.app, command.removeprefix("$ registry ").split())
    assert done.exit_code == 0, done.output
    assert STAMP.sub("TIME", done.stdout) == STAMP.sub("TIME", shown)


def _query(kit: Kit, text: str, result: tuple[str, str, str]) -> None:
    kit.refresh()
    assert kit.problems == []
    rows = [" | ".join("NULL" if cell is None else str(cell) for cell in row) for row in kit.tuples(text)]
    assert ("result", rows) == (result[0], result[2].splitlines())


def test_the_figures_on_the_page_are_those_of_the_code() -> None:
    """Page size, pauses, overlap and the week between lists are as the page says."""
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert f"in pages of {PAGE_RECORDS}" in text
    assert f"from {WAITS_SECONDS[0]} to {WAITS_SECONDS[-1]} seconds" in text and len(WAITS_SECONDS) == 6
    assert (take_pages.OVERLAP.days, take_pages.LIST_EVERY.days) == (1, 7)
