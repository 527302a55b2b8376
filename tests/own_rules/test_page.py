"""docs/own-rules.md is executed on the demonstration study, and what its rules do is found in the release."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.demonstration import Demonstration, copy_of
from tests.orchestration.command import Ran, run_here
from tests.orchestration.home_state import deliver_new_patient
from tests.orchestration.light import WITH_HISTORY
from tests.structure.checkout import ROOT
from warehouse.own_rules.rule_sql import FUNCTIONS
from warehouse.storage.home import Home
from warehouse.storage.home_files import RULE_FILES

PAGE = ROOT / "docs" / "own-rules.md"
FENCE = re.compile(r"^```(\w+)[ ]?(.*?)\n(.*?)^```$", re.M | re.S)
RELEASE = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
REFRESH = "4. `registry refresh`"


@dataclass(frozen=True)
class Executed:
    """The page as it was printed, and the home that it left."""

    text: str
    home: Home

    def run(self, *words: str) -> Ran:
        """Run a command on the home."""
        return run_here(self.home.root, *words, makes=WITH_HISTORY)


def printed(done: Ran, home: Path) -> list[str]:
    """What a command printed, without what differs from run to run."""
    lines = (done.out + done.err).decode().replace(str(home), "registry-home")
    return [line.rstrip() for line in RELEASE.sub("RELEASE", lines).splitlines()] + [f"(exit code {done.code})"]


def executed(text: str, home: Path, refresh: Callable[[], None], begins: str = REFRESH) -> str:
    """Write the files of the text below `home`, run its commands, and return it with what they printed. A refresh is
    made where the step of the page that `begins` so is reached.
    """

    def replaced(block: re.Match[str]) -> str:
        language, name, content = block.groups()
        if name:
            (home / name).write_text(content, encoding="utf-8")
        if language != "console":
            return block[0]
        if text.rfind(begins, 0, block.start()) > text.rfind("```", 0, block.start()):
            refresh()
        typed = content.splitlines()[0]
        done = run_here(home, *shlex.split(typed.removeprefix("$ registry ")))
        return "\n".join(["```console", typed, *printed(done, home), "```"])

    return FENCE.sub(replaced, text)


@pytest.fixture(scope="module")
def page(light_study: Demonstration, tmp_path_factory: pytest.TempPathFactory) -> Executed:
    """The page, executed; its second rule stays in the home as a refused one would."""
    home = copy_of(light_study, tmp_path_factory.mktemp("own-rules"))
    done: list[Ran] = []
    text = executed(
        PAGE.read_text(encoding="utf-8"),
        home.root,
        lambda: done.append(run_here(home.root, "refresh", makes=WITH_HISTORY)),
    )
    assert [ran.code for ran in done] == [0]
    return Executed(text, home)


@pytest.mark.long
def test_the_page_shows_what_is_printed(page: Executed) -> None:
    """Every command on the page prints what stands below it."""
    assert page.text == PAGE.read_text(encoding="utf-8")


@pytest.mark.long
def test_the_page_lists_every_function() -> None:
    """What a rule may call stands on the page, and nothing else."""
    text = PAGE.read_text(encoding="utf-8")
    listed = text[text.index("Functions that a rule may call") : text.index("**Metrics.**")]
    known = set(re.findall(r"`([a-z_0-9]+)`", listed))
    assert known == FUNCTIONS


@pytest.mark.long
def test_the_release_names_its_rules(page: Executed) -> None:
    """Manifest, meta.rules and `registry rules` hold the rule; a refresh without a change does nothing."""
    manifest = json.loads((page.home.current / "manifest.json").read_text(encoding="utf-8"))
    assert [one["file"] for one in manifest["rules"]] == ["hd-01.yaml"]
    said = page.run("rules").text.splitlines()
    words = " ".join(said[0].split())
    assert words == "HD-01 rfa_sessions.session_date flags There is no exam within 60 days after the session."
    assert said[-1] == "The files in rules/ have changed since; `registry refresh` applies them."


@pytest.mark.long
def test_a_refused_rule_is_told_and_the_release_goes_on(page: Executed) -> None:
    """The next refresh applies the page's second rule not, says so on its own line, and releases."""
    deliver_new_patient(page.home)
    ran = page.run("refresh")
    assert ran.code == 0 and ran.text.startswith("Released ")
    told = "rules/hd-02.yaml HD-02: Not applied: The rule does not find its bad row 1."
    assert told in ran.err.decode()
    assert told in page.run("status").text
    found = page.run("query", "SELECT status, note FROM quality.results WHERE rule_id = 'HD-02'", "--format", "csv")
    assert found.text.splitlines()[1].startswith("error,The rule does not find its bad row 1.")


@pytest.mark.long
def test_a_rebuild_writes_the_files_again(page: Executed, tmp_path: Path) -> None:
    """A release alone, with the archive, gives the same tables in a new home: it holds the text of its rules."""
    ran = page.run("rebuild", page.home.current.resolve().name, "--into", str(tmp_path / "rebuilt"))
    assert ran.code == 0, ran.err.decode()
    rebuilt = Home(tmp_path / "rebuilt")
    manifest = json.loads((page.home.current / "manifest.json").read_text(encoding="utf-8"))
    assert RULE_FILES.stamps(rebuilt) == tuple((one["file"], one["sha256"]) for one in manifest["rules"]) != ()


@pytest.mark.long
def test_erasing_a_patient_leaves_the_rule_and_takes_the_finding(page: Executed) -> None:
    """The release that is made anew counts the rule's violations without the patient's."""
    asked = "SELECT n_violations FROM quality.results WHERE rule_id = 'HD-01'"
    mine = "SELECT count(*) FROM clean.rfa_sessions WHERE patient_id = 'SYN-0010' AND list_contains(flags, 'HD-01')"
    before = int(page.run("query", asked, "--format", "csv").text.split()[1])
    theirs = int(page.run("query", mine, "--format", "csv").text.split()[1])
    ran = page.run("forget", "index-study", "SYN-0010", "--reason", "consent withdrawn", "--yes")
    assert ran.code == 0, ran.err.decode()
    assert theirs > 0
    assert int(page.run("query", asked, "--format", "csv").text.split()[1]) == before - theirs
