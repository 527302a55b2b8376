"""docs/exports-out.md is executed: its commands print what stands below them, and its files hold what it shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.e2e.demonstration import Demonstration, copy_of
from tests.orchestration.command import run_here
from tests.own_rules.test_page import FENCE, RELEASE, printed
from tests.structure.checkout import ROOT

PAGE = ROOT / "docs" / "exports-out.md"
SHOWN = re.compile(r"(?:first lines of|from) (\S+?)(?:, (.+))?")
OURS = "$ registry "


def executed(text: str, home: Path) -> str:
    """Write the page's files below `home`, run its commands there, and return it with what they printed and wrote.

    A block `first lines of FILE` shows as many lines of a file as it has; `from FILE, WORDS` the lines from the first
    that holds the words on.
    """

    def replaced(block: re.Match[str]) -> str:
        language, name, content = block.groups()
        if (shown := SHOWN.fullmatch(name)) is not None:
            lines = RELEASE.sub("RELEASE", (home / shown[1]).read_text(encoding="utf-8")).splitlines()
            start = next(n for n, line in enumerate(lines) if (shown[2] or "") in line)
            return "\n".join([f"```{language} {name}", *lines[start : start + content.count("\n")], "```"])
        if name:
            (home / name).write_text(content, encoding="utf-8")
        typed = content.splitlines()[0] if content else ""
        if not typed.startswith(OURS):
            return block[0]
        done = run_here(home, *shlex.split(typed.removeprefix(OURS)))
        return "\n".join(["```console", typed, *printed(done, home), "```"])

    return FENCE.sub(replaced, text)


@pytest.mark.long
def test_the_page_is_what_happens(light_study: Demonstration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command prints what stands below it, and every file that is shown holds those lines."""
    home = copy_of(light_study, tmp_path).root
    monkeypatch.chdir(home)
    text = PAGE.read_text(encoding="utf-8")
    assert executed(text, home) == text
