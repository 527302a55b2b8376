"""docs/corrections.md is executed on the demonstration study, and explain and diff know what was recorded."""

from __future__ import annotations

import re
import shlex
from datetime import date
from pathlib import Path

import pytest

from tests.days import as_on
from tests.e2e.demonstration import Demonstration, copy_of
from tests.orchestration.command import Ran, run_here
from tests.orchestration.light import WITH_HISTORY
from tests.own_rules.test_page import FENCE, printed
from tests.structure.checkout import ROOT
from warehouse.storage.home import Home

PAGE = ROOT / "docs" / "corrections.md"
SITE, OLD, NEW = "index-study", "SYN-0009", "SYN-0010"
REFRESH, THAT_DAY = "$ registry refresh", date(2026, 11, 29)
AFTER_REFRESH = (("explain", SITE, OLD), ("diff", "previous", "current"), ("status",))


def executed(text: str, home: Path) -> tuple[str, list[Ran]]:
    """Run the commands of the text; return it with what they printed, and its refresh with what was asked after it."""
    seen: list[Ran] = []

    def replaced(block: re.Match[str]) -> str:
        language, _, content = block.groups()
        if language != "console":
            return block[0]
        typed = content.splitlines()[0]
        if typed == REFRESH:
            seen.append(run_here(home, "refresh", makes=WITH_HISTORY))
            seen.extend(run_here(home, *words) for words in AFTER_REFRESH)
            releases = sorted(one.name for one in (home / "releases").iterdir() if one.name != "current")
            seen.append(run_here(home, "explain", SITE, OLD, "--release", releases[0]))
            return block[0]
        lines = printed(run_here(home, *shlex.split(typed.removeprefix("$ registry "))), home)
        return as_on("\n".join(["```console", typed, *lines, "```"]), Home(home), THAT_DAY)

    return FENCE.sub(replaced, text), seen


@pytest.fixture(scope="module")
def page(light_study: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Home, list[Ran]]:
    """The page as it was printed, the home that it left, and what was seen after its refresh."""
    home = copy_of(light_study, tmp_path_factory.mktemp("corrections"))
    text, seen = executed(PAGE.read_text(encoding="utf-8"), home.root)
    return text, home, seen


@pytest.mark.long
def test_the_page_shows_what_is_printed(page: tuple[str, Home, list[Ran]]) -> None:
    """Every command on the page prints what stands below it."""
    assert page[0] == PAGE.read_text(encoding="utf-8")


@pytest.mark.long
def test_the_number_given_up_leads_to_the_patient(page: tuple[str, Home, list[Ran]]) -> None:
    """`registry explain` shows the patient under the number that counts, and says what else they were delivered as; of
    the release before, it shows the number given up as a patient.
    """
    refreshed, explained, _, _, earlier = page[2]
    assert refreshed.code == 0 and refreshed.text.startswith("Released "), refreshed.err.decode()
    assert explained.text.startswith(f"{SITE} / {NEW}")
    assert f"Delivered as {OLD} too: merged on " in explained.text and " by A. Miller." in explained.text
    assert earlier.text.startswith(f"{SITE} / {OLD}") and "Delivered as" not in earlier.text


@pytest.mark.long
def test_the_difference_names_the_cause(page: tuple[str, Home, list[Ran]]) -> None:
    """`registry diff` attributes what went to what was recorded, and status has nothing to say: no row came back."""
    _, _, compared, status, _ = page[2]
    assert compared.code == 0 and "retracted or merged" in compared.text
    assert "Retracted" not in status.text
