"""A full disk gives one sentence with one cure, leaves the release as it was, and gives the same content once there is
room.
"""

from pathlib import Path

import pytest

from tests.reliability.commands import Commands
from tests.reliability.conftest import Quiet
from tests.reliability.nights import NIGHTS
from tests.reliability.repeated_kills import must_be_whole, must_have_recovered
from tests.reliability.small_disks import small_disk

ROOM_KIB = (2, 300, 3_000)
"""Left on the disk: no room for Dagster's files, for the build database, for the release."""


@pytest.mark.long
def test_a_full_disk(commands: Commands, quiet: Quiet, tmp_path: Path) -> None:
    """With ever more room, the second night still fails: exit 1, one line, no traceback, the first night's release
    intact. With enough room, the next refresh ends as if there always had been.
    """
    before, goal = quiet.goals[:2]
    with small_disk(tmp_path / "disk", "200m") as disk, commands.making("with history"):
        home = quiet.home_after(1, disk.folder)
        NIGHTS[1](home.landing)
        for kib in ROOM_KIB:
            disk.leave(kib)
            ran = commands.run(home.root, "refresh").ran
            assert ran.code == 1 and ran.out == b"", (kib, ran)
            assert "disk of the registry's home is full" in ran.complaint and "Free some space" in ran.complaint
            assert [line for line in ran.err.decode().splitlines() if line[:2] != "  "] == [ran.complaint]
            must_be_whole(home, before, goal, f"{kib} KiB of room")
            assert list(home.releases.glob(".building-*")) == []
        disk.set("size=200m")
        ended = commands.run(home.root, "refresh")
        assert ended.ran.code == 0, ended.ran.err.decode()
        must_have_recovered(home, goal, 1, "with room")
