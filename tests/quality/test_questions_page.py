"""docs/questions.md is executed on the demonstration study."""

from __future__ import annotations

import re
import shlex
from datetime import date
from pathlib import Path

import pytest

from tests.days import as_on
from tests.e2e.demonstration import Demonstration, copy_of
from tests.orchestration.command import run_here
from tests.structure.checkout import ROOT
from warehouse.archive import thread_log
from warehouse.queries.threads import STATES
from warehouse.readers.answered_sheet import ANSWERED, ASKED, ENTRY
from warehouse.storage.home import Home

PAGE = ROOT / "docs" / "questions.md"
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)
NAMED = re.compile(r"QUESTION|(?<=question )[0-9a-f]{6}\b|^[0-9a-f]{6}$")
"""How the page names its question: before it is executed for the first time, and afterwards."""
THEN = date(2026, 12, 1)
"""The day on which the page was run."""
RULE = "LES-03"
"""The page shows the question of this rule."""


def executed(text: str, home: Path) -> str:
    """Run the page's commands and return it with what they printed, as on the day that the page names."""

    def printed(block: re.Match[str]) -> str:
        typed = block[1].splitlines()[0]
        words = shlex.split(typed.removeprefix("$ registry "))
        question = _question(home) if words[0] == "question" else ""
        done = run_here(home, *(question if NAMED.fullmatch(word) else word for word in words))
        assert done.code == 0, done.err.decode()
        lines = (done.out + done.err).decode().replace(str(home), "registry-home")
        lines = as_on(lines, Home(home), THEN, (0, 28))
        shown = NAMED.sub(question, typed) if question else typed
        return "\n".join(["```console", shown, *(line.rstrip() for line in lines.splitlines()), "```"])

    return CONSOLE.sub(printed, text)


def _question(home: Path) -> str:
    """The start of the id of the question that the page shows."""
    listed = run_here(home, "questions").text.splitlines()
    (line,) = [line for line in listed if f" {RULE} " in line]
    return line[:6]


@pytest.fixture(scope="module")
def page(light_study: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The page, executed, and the home that it left."""
    home = copy_of(light_study, tmp_path_factory.mktemp("questions"))
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(home.root.parent)
        return executed(PAGE.read_text(encoding="utf-8"), home.root), home.root


def test_the_page_shows_what_is_printed(page: tuple[str, Path]) -> None:
    """Every command on the page prints what is shown below it."""
    assert page[0] == PAGE.read_text(encoding="utf-8")


def test_the_page_lists_every_state_and_column() -> None:
    """The states and the sheet's new columns are those of the code, in their order."""
    text = PAGE.read_text(encoding="utf-8")
    listed = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")]
    assert [word for word in listed if word in STATES] == list(STATES)
    columns = [name for cell in listed for name in cell.split(", ") if name in (*ASKED[len(ENTRY) :], *ANSWERED)]
    assert columns == [*ASKED[len(ENTRY) :], *ANSWERED]


def test_nothing_printed_or_released_holds_a_value(page: tuple[str, Path]) -> None:
    """The page prints keys and sentences; the row of the question, with its value, is in the sheet alone."""
    assert not re.search(r"\b220\b", page[0])
    assert {one.action for one in thread_log.read(page_home(page))} == {"sent", "assigned", "said"}


def page_home(page: tuple[str, Path]):
    """The home that the page left."""
    return Home(page[1])
