"""docs/sources/check.md is executed: its files are written, its commands run, and their output is what it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration.cli import check as command
from orchestration.cli.main import app
from tests.structure.checkout import ROOT

PAGE = ROOT / "docs" / "sources" / "check.md"
FENCE = re.compile(r"^```(\w+)[ ]?(.*?)\n(.*?)^```$", re.M | re.S)
COLUMNS = 100
"""Width of the terminal that the page shows."""


def run_page(folder: Path, text: str) -> str:
    """Write the page's files below `folder`, the working folder, and return the page with the output that there is."""

    def replaced(block: re.Match[str]) -> str:
        language, said, content = block.groups()
        if said:
            path = folder / said
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        if language != "console":
            return block[0]
        typed = content.splitlines()[0]
        arguments = typed.removeprefix("$ registry ").split()
        done = CliRunner().invoke(app, [*arguments, "--home", str(folder / "no-home")])
        lines = [line.rstrip() for line in done.output.splitlines()]
        return "\n".join(["```console", typed, *lines, f"(exit code {done.exit_code})", "```"])

    return FENCE.sub(replaced, text)


@pytest.mark.long
def test_the_page_shows_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command on the page prints what stands below it."""
    monkeypatch.setattr(command, "PIPED_WIDTH", COLUMNS)
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8")
    assert text.count("```console") >= 3
    assert run_page(tmp_path, text) == text
