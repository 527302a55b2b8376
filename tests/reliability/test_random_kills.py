"""After kills at random moments nothing is lost, and the next refresh ends like an uninterrupted one."""

from pathlib import Path

import pytest

from tests.reliability.commands import Commands
from tests.reliability.kill_report import fifty_kills


@pytest.mark.long
def test_fifty_kills(commands: Commands, tmp_path: Path) -> None:
    """After each of fifty kills over four nights, every fifth of a fresh interpreter, `current` opens and every release
    is intact; each night ends with the same content hashes, journal and number of releases as without kills.
    """
    kills = fifty_kills(commands, tmp_path)
    print(kills)
    assert kills.n_recovered == kills.n_kills == 50 and kills.n_fresh == 10
