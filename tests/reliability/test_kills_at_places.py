"""A refresh killed where a random kill seldom falls: in the last steps of archive, build database and release."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from tests.reliability.commands import Commands
from tests.reliability.conftest import Quiet
from tests.reliability.kill_places import PLACES
from tests.reliability.nights import NIGHTS
from tests.reliability.repeated_kills import must_be_whole, must_have_recovered
from warehouse.storage.home import Home

FEW = (
    "half a line is in the log of arrivals",
    "clean tables are committed, their watermark is not",
    "the release is whole under its other name",
    "current leads to the new release",
)


def kill_at(commands: Commands, quiet: Quiet, folder: Path, places: Iterable[str]) -> None:
    """Let the second night's refresh die at the first place, the next one at the second, and so on; then end."""
    home = quiet.home_after(1, folder)
    NIGHTS[1](home.landing)
    before, goal = quiet.goals[:2]
    for place in places:
        assert commands.run(home.root, "refresh", place=place).was_killed, f"never came to: {place}"
        must_be_whole(commands, home, before, goal, place)
    assert runs_of(home).count("STARTED") == 1  # the last one's; the refresh before it ended the others
    assert commands.run(home.root, "refresh").ran.code == 0
    must_have_recovered(commands, home, goal, 1, "after the last place")
    assert "STARTED" not in runs_of(home)


def runs_of(home: Home) -> list[str]:
    """The states of Dagster's runs: one that is running would stop its queue."""
    with closing(sqlite3.connect(home.dagster / "history" / "runs.db")) as con:
        return [status for (status,) in con.execute("SELECT status FROM runs")]


@pytest.mark.long
def test_killed_at_a_few_places(commands: Commands, quiet: Quiet, tmp_path: Path) -> None:
    """Killed within a write to the archive's log, within the build database's work, before a release has its name and
    after `current` was swapped: each time `current` opens and is whole, and the night ends as if nobody had killed. No
    run stays on as running."""
    kill_at(commands, quiet, tmp_path, FEW)


@pytest.mark.long
def test_killed_at_every_place(commands: Commands, quiet: Quiet, tmp_path: Path) -> None:
    """The same at every place."""
    kill_at(commands, quiet, tmp_path, PLACES)


def test_a_release_that_was_not_made_current_is(commands: Commands, quiet: Quiet, tmp_path: Path) -> None:
    """Killed between a release's rename and the swap: the next refresh makes that release current and no other."""
    home = quiet.home_after(1, tmp_path)
    NIGHTS[1](home.landing)
    place = "the release has its name, current leads to the old"
    assert commands.run(home.root, "refresh", place=place).was_killed
    made = max(folder.name for folder in home.releases.iterdir() if folder.name.startswith("2"))
    assert home.current.readlink().name != made
    must_be_whole(commands, home, quiet.goals[0], quiet.goals[1], place)
    ended = commands.run(home.root, "refresh")
    assert ended.ran.code == 0 and made in ended.ran.text
    assert home.current.readlink().name == made
    must_have_recovered(commands, home, quiet.goals[1], 1, place)
