"""After kills at random moments nothing is lost, and the next refresh ends like an uninterrupted one."""

from pathlib import Path

import pytest

from tests.reliability.commands import Commands
from tests.reliability.nights import NIGHTS
from tests.reliability.repeated_kills import kill_nights, uninterrupted
from warehouse.storage.home import Home

SEED = 20261124


@pytest.mark.long
def test_ten_kills(commands: Commands, tmp_path: Path) -> None:
    """After each of ten kills over two nights `current` opens and every release is intact; each night ends with the
    same content hashes, journal and number of releases as without kills.
    """
    with commands.making("with history"):
        goals = uninterrupted(commands, Home(tmp_path / "quiet"), NIGHTS[:2])
        kills = kill_nights(commands, Home(tmp_path / "home"), NIGHTS[:2], goals, 10, SEED)
    print(kills)
    assert kills.n_recovered == kills.n_kills == 10
