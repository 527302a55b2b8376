"""After fifty kills nothing is lost: in a file of its own, so that another worker runs the ten meanwhile."""

from pathlib import Path

import pytest

from tests.reliability.commands import Commands
from tests.reliability.kill_report import fifty_kills


@pytest.mark.long
def test_fifty_kills(commands: Commands, tmp_path: Path) -> None:
    """After fifty kills over four nights, every fifth of a fresh interpreter, each night ends as without kills."""
    kills = fifty_kills(commands, tmp_path)
    print(kills)
    assert kills.n_recovered == kills.n_kills == 50 and kills.n_fresh == 10
