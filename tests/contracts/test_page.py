"""docs/contract-files.md is executed; its commands of datacontract-cli in the long tests, which install it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from tests.e2e.demonstration import Demonstration, copy_of
from tests.orchestration.command import run_here
from tests.own_rules.test_page import FENCE, printed
from tests.structure.checkout import ROOT

PAGE = ROOT / "docs" / "contract-files.md"
OURS = "$ registry "
SHOWN = re.compile(r"from (\S+), (\w+)")


def executed(text: str, home: Path) -> str:
    """Write the files of the page below `home`, run its commands there, and return it with what they printed."""

    def replaced(block: re.Match[str]) -> str:
        language, name, content = block.groups()
        if (shown := SHOWN.fullmatch(name)) is not None:
            return f"```{language} {name}\n{_column(home / shown[1], shown[2])}```"
        if name:
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_text(content, encoding="utf-8")
        typed = content.splitlines()[0]
        if language != "console" or not typed.startswith(OURS):
            return block[0]
        done = run_here(home, *shlex.split(typed.removeprefix(OURS)))
        return "\n".join(["```console", typed, *printed(done, home), "```"])

    return FENCE.sub(replaced, text)


def _column(path: Path, name: str) -> str:
    """A column of a contract as it stands there."""
    contract = yaml.safe_load(path.read_text(encoding="utf-8"))
    columns = [column for table in contract["schema"] for column in table["properties"]]
    return yaml.safe_dump([next(one for one in columns if one["name"] == name)], sort_keys=False, width=118)


@pytest.fixture(scope="module")
def home(light_study: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the demonstration study's home."""
    return copy_of(light_study, tmp_path_factory.mktemp("contract-files")).root


@pytest.mark.long
def test_the_page_shows_what_is_printed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command of the registry on the page prints what stands below it."""
    monkeypatch.chdir(home)
    text = PAGE.read_text(encoding="utf-8")
    assert executed(text, home) == text
