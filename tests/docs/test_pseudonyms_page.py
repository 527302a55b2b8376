"""docs/pseudonyms.md is executed: its files are delivered, its commands run, and print what stands below them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration.cli.main import app
from tests.structure.checkout import ROOT

PAGE = ROOT / "docs" / "pseudonyms.md"
FENCE = re.compile(r"^```(\w+)[ ]?(.*?)\n(.*?)^```$", re.M | re.S)


def run_page(home: Path, text: str) -> str:
    """Write the page's files into the home, run its commands, and return the page with the output that there is."""

    def replaced(block: re.Match[str]) -> str:
        language, said, content = block.groups()
        if said:
            path = home / said
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
            path.chmod(0o600)
        if language == "sh" and content.startswith("registry "):
            done = _run(home, content.strip())
            assert done.exit_code == 0, done.output
        if language != "console":
            return block[0]
        typed = content.splitlines()[0]
        done = _run(home, typed.removeprefix("$ "))
        assert done.exit_code == 0
        return "\n".join(["```console", typed, *done.output.splitlines(), "```"])

    return FENCE.sub(replaced, text)


def _run(home: Path, typed: str):
    return CliRunner().invoke(app, [*shlex.split(typed)[1:], "--home", str(home)])


@pytest.mark.long
def test_the_page_shows_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command on the page prints what stands below it."""
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8")
    assert text.count("```console") == 3
    assert run_page(tmp_path / "home", text) == text
