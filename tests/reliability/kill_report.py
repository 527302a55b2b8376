"""Make fifty kills and print the report for docs/reliability.md.

python -m tests.reliability.kill_report [SEED]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.reliability.commands import Commands, warm_commands
from tests.reliability.nights import NIGHTS
from tests.reliability.repeated_kills import Kills, importing_seconds, kill_nights, uninterrupted
from warehouse.storage.home import Home

N_KILLS = 50
SEED = 20261125


def fifty_kills(commands: Commands, folder: Path, seed: int = SEED) -> Kills:
    """Kill over four nights, every fifth time a fresh interpreter. Raises AssertionError with what did not hold."""
    with commands.making("everything"):
        goals = uninterrupted(commands, Home(folder / "quiet"), NIGHTS)
        importing = importing_seconds(commands, Home(folder / "fresh"), NIGHTS[0], goals[0])
        return kill_nights(commands, Home(folder / "killed" / "home"), NIGHTS, goals, N_KILLS, seed, importing)


if __name__ == "__main__":
    with warm_commands() as running, tempfile.TemporaryDirectory() as folder:
        print(fifty_kills(running, Path(folder), *map(int, sys.argv[1:])))
