"""The next refresh recreates a damaged or lost build database, and says so."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.reliability.commands import Commands
from tests.reliability.conftest import Quiet
from tests.reliability.nights import NIGHTS
from tests.reliability.repeated_kills import must_have_recovered
from warehouse.refresh.recovery import DAMAGED, is_damage_noted

N_NIGHTS = 3
"""The third night resolves entries, so that the journal is not empty."""
GARBAGE = b"\xa5" * 4096


def _overwrite_head(path: Path) -> None:
    _write_at(path, 4096, GARBAGE * 2)


def _overwrite_blocks(path: Path) -> None:
    """Overwrite every block except those read when opening, so that a step meets the damage."""
    n_blocks = path.stat().st_size // (1 << 18)
    for block in range(n_blocks):
        at = 3 * 4096 + block * (1 << 18)
        held = path.read_bytes()
        _write_at(path, at + 64, GARBAGE)
        if not _opens(path):
            path.write_bytes(held)


def _opens(path: Path) -> bool:
    """Whether DuckDB opens a copy of the file with its write-ahead log."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        for name in (path.name, f"{path.name}.wal"):
            if (part := path.with_name(name)).exists():
                shutil.copyfile(part, Path(folder) / name)
        try:
            duckdb.connect(str(Path(folder) / path.name)).close()
        except duckdb.Error:
            return False
        return True


def _write_at(path: Path, at: int, what: bytes) -> None:
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(what)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "head": _overwrite_head,
    "blocks": _overwrite_blocks,
    "cut off": lambda path: os.truncate(path, path.stat().st_size // 2),
    "no database": lambda path: path.write_bytes(b"no database at all"),
    "log": lambda path: Path(f"{path}.wal").write_bytes(GARBAGE),
    "lost": lambda path: path.unlink(),
}
MAY_OPEN = {"cut off", "log"}
"""It depends on where DuckDB keeps its list of blocks, and on what it takes for a log, whether such a file opens."""


@pytest.mark.long
@pytest.mark.parametrize("damage", DAMAGES)
def test_it_is_made_again(commands: Commands, quiet_and_resolved: Quiet, tmp_path: Path, damage: str) -> None:
    """Whatever is damaged, the refresh exits with 0 and gives the same content, the journal of resolved entries
    included; it reports that the build database was recreated, and keeps the damaged file.
    """
    home, goal = quiet_and_resolved.home_after(N_NIGHTS, tmp_path), quiet_and_resolved.goals[N_NIGHTS - 1]
    assert goal.journal
    DAMAGES[damage](home.build_database)
    is_lost = not home.build_database.exists()
    opens = not is_lost and _opens(home.build_database)
    if damage not in MAY_OPEN:
        assert opens == (damage == "blocks")
    is_passed_over = damage == "log" and opens  # DuckDB ignores what is no log at all
    is_met_by_a_step = opens and not is_passed_over
    ran = commands.run(home.root, "refresh", *(["--full"] if is_met_by_a_step else [])).ran
    assert ran.code == 0, ran.err.decode()
    said = b"made again from the archive; the journal of resolved entries is that of release" in ran.err
    assert said != is_passed_over
    assert (home.warehouse / DAMAGED).exists() == (not is_lost and not is_passed_over)
    assert (b"running again" in ran.err) == is_met_by_a_step
    assert not is_damage_noted(home)
    must_have_recovered(home, goal, N_NIGHTS - 1, damage)
    with duckdb.connect(str(home.build_database), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM quality.resolved").fetchone() == (len(goal.journal),)


@pytest.mark.long
def test_a_file_in_use_is_not_damaged(commands: Commands, quiet_and_resolved: Quiet, tmp_path: Path) -> None:
    """While another program has the build database open, the refresh fails with one line and leaves it alone."""
    home = quiet_and_resolved.home_after(N_NIGHTS, tmp_path)
    NIGHTS[N_NIGHTS](home.landing)
    with duckdb.connect(str(home.build_database)):
        ran = commands.run(home.root, "refresh").ran
    assert ran.code == 1 and "Another program" in ran.complaint and not (home.warehouse / DAMAGED).exists()
    assert commands.run(home.root, "refresh").ran.text.startswith("Released ")
