"""Kill a refresh where a random kill seldom falls: in the last steps of archive, build database and release."""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from tests.orchestration.command import Ran
from tests.orchestration.home_state import deliver_new_patient
from tests.reliability.commands import Commands
from tests.reliability.conftest import Quiet
from tests.reliability.kill_places import OF_ALL_PATIENTS, OF_AN_ERASURE, PLACES, function_at
from tests.reliability.nights import NIGHTS
from tests.reliability.repeated_kills import Uninterrupted, must_be_whole, must_have_recovered, uninterrupted
from warehouse.storage.home import Home

LAST = "the release has its name, current leads to the old"


def kill_at(commands: Commands, home: Home, goals: Sequence[Uninterrupted], places: Iterable[str]) -> None:
    """Kill the night's refresh at the first place, the next one at the second, and so on."""
    for place in places:
        words = ("refresh", "--full") if place == OF_ALL_PATIENTS else ("refresh",)
        assert commands.run(home.root, *words, place=place).was_killed, f"never came to: {place}"
        must_be_whole(home, goals[0], goals[1], place)
    assert runs_of(home).count("STARTED") == 1  # the last one's; the refresh before it ended the others


def end(commands: Commands, home: Home, goals: Sequence[Uninterrupted]) -> Ran:
    """Refresh without a kill, and return what it printed."""
    ran = commands.run(home.root, "refresh").ran
    assert ran.code == 0, ran.err.decode()
    must_have_recovered(home, goals[1], 1, "after the last place")
    assert "STARTED" not in runs_of(home)
    return ran


def runs_of(home: Home) -> list[str]:
    """Return the states of Dagster's runs: one left running would block its queue."""
    with closing(sqlite3.connect(home.dagster / "history" / "runs.db")) as con:
        return [status for (status,) in con.execute("SELECT status FROM runs")]


@pytest.mark.parametrize("place", PLACES | OF_AN_ERASURE)
def test_a_place_is_in_the_code(place: str) -> None:
    """The function at which a command dies is where the list says; a command that dies nowhere proves nothing."""
    assert callable(function_at(place))


def test_killed_at_the_last_place(commands: Commands, studied: Quiet, tmp_path: Path) -> None:
    """Killed before `current` leads to the complete release, `current` opens and is intact, the night ends as if
    nothing had been killed, and no run is left running. Only the release that was not made current is made current.
    """
    home = studied.home_after(1, tmp_path)
    deliver_new_patient(home)
    with commands.making("with history"):
        kill_at(commands, home, studied.goals, [LAST])
        made = max(folder.name for folder in home.releases.iterdir() if folder.name.startswith("2"))
        assert home.current.readlink().name != made
        assert made in end(commands, home, studied.goals).text
    assert home.current.readlink().name == made


@pytest.mark.long
def test_killed_at_every_place(commands: Commands, tmp_path: Path) -> None:
    """The same holds at every place, for a refresh that makes everything."""
    with commands.making("everything"):
        goals = uninterrupted(commands, Home(tmp_path / "quiet"), NIGHTS[:2])
        home = Home(tmp_path / "home")
        uninterrupted(commands, home, NIGHTS[:1])
        NIGHTS[1](home.landing)
        kill_at(commands, home, goals, PLACES)
        end(commands, home, goals)
