"""In a home that cannot be written, readers read and a refresh fails with one line."""

from pathlib import Path

import pytest

from tests.reliability.commands import Commands
from tests.reliability.conftest import Quiet
from tests.reliability.repeated_kills import must_have_recovered
from tests.reliability.small_disks import small_disk


@pytest.mark.long
def test_a_read_only_home(commands: Commands, quiet: Quiet, tmp_path: Path) -> None:
    """Readers get answers from a read-only home; refresh, pin and prune exit with 1 and one line that names the cure.
    Made writable again, the home is as it was.
    """
    with small_disk(tmp_path / "disk", "200m") as disk:
        home = quiet.home_after(1, disk.folder)
        disk.set("ro")
        for words in (("status",), ("query", "FROM analysis.ltp_rates"), ("verify",), ("releases",)):
            ran = commands.run(home.root, *words).ran
            assert ran.code == 0, (words, ran)
        for words in (("refresh",), ("refresh", "--full"), ("pin", "2"), ("prune", "--keep", "1")):
            ran = commands.run(home.root, *words).ran
            assert ran.code == 1 and ran.out == b"", (words, ran)
            assert "No permission for" in ran.complaint and "writable" in ran.complaint, (words, ran)
        disk.set("rw")
        assert commands.run(home.root, "refresh").ran.text.startswith("Nothing new")
        must_have_recovered(home, quiet.goals[0], 0, "writable again")
