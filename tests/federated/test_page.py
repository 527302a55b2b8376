"""docs/federated.md is executed at two sites; its limits are the law's, and the study's keys are explained."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from schemas.disclosure import FEDERATED_ROUNDS_MOST, FEDERATED_STUDIES_MOST, RESIDUAL_DF_LEAST, SAFE_MODE
from tests.e2e.demonstration import Demonstration
from tests.federated.conftest import sites_in
from tests.federated.sites import NORTH, SOUTH, Sites
from tests.orchestration.command import run_here
from tests.own_rules.test_page import FENCE, printed
from tests.structure.checkout import ROOT

PAGE = ROOT / "docs" / "federated.md"
ELSEWHERE = " --home south-home"
AND_SO_ON = "And so on until no coefficients are asked for"


def executed(text: str, sites: Sites) -> str:
    """Run the page's commands in its folder, each at its site; where the rounds go on they are made."""

    def replaced(block: re.Match[str]) -> str:
        language, name, content = block.groups()
        if name:
            (sites.folder / name).write_text(content, encoding="utf-8")
        if language != "console":
            return block[0]
        typed = content.splitlines()[0]
        if text.rfind(AND_SO_ON, 0, block.start()) > text.rfind("```", 0, block.start()):
            _go_on(sites)
        home = sites.homes[SOUTH if ELSEWHERE in typed else NORTH].root
        words = shlex.split(typed.removesuffix(ELSEWHERE).removeprefix("$ registry "))
        lines = printed(run_here(home, *words), home)
        return "\n".join(["```console", typed, *lines, "```"])

    return FENCE.sub(replaced, text)


def _go_on(sites: Sites) -> None:
    for number in range(3, 13):
        words = ("federate", "combine", "study.toml", "shared", "--out", "combined")
        assert run_here(sites.homes[NORTH].root, *words).code == 0
        asked = Path("combined") / f"coefficients-{number}.json"
        if not (sites.folder / asked).exists():
            return
        for site, home in sites.homes.items():
            own = ("federate", "share", "study.toml", "--site", site, "--out", "shared", "--coefficients", str(asked))
            assert run_here(home.root, *own).code == 0
    raise AssertionError("no end")


@pytest.fixture(scope="module")
def page(light_study: Demonstration, south_home: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page with what its commands print."""
    sites = sites_in(tmp_path_factory.mktemp("page"), light_study, south_home)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(sites.folder)
        return executed(PAGE.read_text(encoding="utf-8"), sites)


@pytest.mark.long
def test_the_page_shows_what_is_printed(page: str) -> None:
    """Every command on the page prints what stands below it."""
    assert page == PAGE.read_text(encoding="utf-8")


def test_the_page_states_the_law() -> None:
    """How many rounds and studies a site answers, how many subjects a model needs, and the default."""
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert f"at most {FEDERATED_ROUNDS_MOST} different coefficients" in text
    assert f"at most {FEDERATED_STUDIES_MOST} studies with models" in text
    assert f"at least {RESIDUAL_DF_LEAST} subjects more than terms" in text
    assert f"leaves under `{SAFE_MODE}`" in text
