"""The next command finishes an erasure that died, with the same result as an uninterrupted one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.erasure.conftest import Forgotten, copy_of
from tests.erasure.erased_home import PATIENT, SITE, WORDS, forget, refresh
from tests.erasure.search_home import below_home, cells_with
from tests.orchestration.light import EVERYTHING
from tests.reliability.commands import Commands
from tests.reliability.kill_places import OF_AN_ERASURE
from warehouse.redaction.erasure_list import is_pending
from warehouse.releases.release import list_releases
from warehouse.storage.home import Home
from workflows import erase_patient
from workflows.begin_writing import writing


class Died(BaseException):
    """The end of the process, as far as a test in the same process can tell."""


def dying_at(step: str) -> Callable[[str], None]:
    """A listener that makes the erasure die when it first reports that word."""

    def say(message: str) -> None:
        if message.split()[0] == step:
            raise Died

    return say


def ids_of(home: Home) -> list[str]:
    """The ids of the releases."""
    return [r.release_id for r in list_releases(home)]


def begin_to_write(home: Home, say: Callable[[str], None]) -> None:
    """Do what every command that writes does first."""
    with writing(home, say):
        pass


@pytest.mark.long
def test_it_may_die_at_every_step(forgotten: Forgotten, tmp_path: Path) -> None:
    """An erasure that dies at its first step, is resumed and dies at the next, and so on, keeps `current` readable; the
    next refresh finishes it with the result of an uninterrupted erasure, and releases nothing new, because the rebuilt
    tables are those of the release that was made again."""
    home = copy_of(forgotten.before, tmp_path)
    erasing_now = partial(erase_patient.forget, home, SITE, PATIENT, "consent withdrawn")
    for step in ("adding", "reading", "cleaning", "making", "made", "rewriting", "replacing", "finishing"):
        with pytest.raises(Died):
            erasing_now(say=dying_at(step))
        erasing_now = partial(begin_to_write, home)
        assert is_pending(home) and (home.current / "registry.duckdb").exists()
    ran = refresh(home, EVERYTHING)  # as the newest release was made
    assert ran.code == 0 and ran.text.startswith("Nothing new"), ran.text + ran.err.decode()
    assert not is_pending(home) and ids_of(home) == ids_of(forgotten.home)
    assert below_home(home, WORDS) == {} and cells_with(home.build_database, WORDS) == {}


@pytest.mark.long
@pytest.mark.parametrize("place", OF_AN_ERASURE)
def test_the_process_killed_in_between(commands: Commands, forgotten: Forgotten, tmp_path: Path, place: str) -> None:
    """If the process is killed around a release or around the archive, the next `forget` finishes the erasure."""
    home = copy_of(forgotten.before, tmp_path)
    words = ("forget", SITE, PATIENT, "--reason", "consent withdrawn", "--yes")
    assert commands.run(home.root, *words, place=place).was_killed
    assert is_pending(home)
    done = forget(home)
    assert done.code == 0, done.err.decode()
    assert not is_pending(home) and ids_of(home) == ids_of(forgotten.home)
    assert below_home(home, WORDS) == {}
    assert cells_with(home.build_database, WORDS) == {}
