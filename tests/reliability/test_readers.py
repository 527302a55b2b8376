"""Readers and refreshes do not wait for each other."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.orchestration.command import CHECKOUT
from tests.reliability.commands import Commands
from tests.reliability.conftest import Quiet
from tests.reliability.nights import NIGHTS
from tests.reliability.repeated_kills import must_have_recovered
from warehouse.releases.release import current_release

READER = """
import sys; from pathlib import Path
from warehouse.releases.query import open_release
from warehouse.releases.release import current_release
from warehouse.storage.home import Home
ALL = "SELECT * FROM clean.imaging_followups ORDER BY ALL"
with open_release(current_release(Home(Path(sys.argv[1])))) as con:
    whole = con.execute(ALL).fetchall()
    answer = con.cursor().execute(ALL)
    rows = answer.fetchmany(len(whole) // 2)
    print("half", flush=True)
    sys.stdin.readline()
    print(len(whole) > 1 and rows + answer.fetchall() == whole == con.execute(ALL).fetchall(), flush=True)
"""
"""Reads half of a result, and the other half once a line arrives; says whether it is one result."""


@pytest.mark.long
def test_a_reader_in_the_middle_of_an_answer(commands: Commands, quiet: Quiet, tmp_path: Path) -> None:
    """While a reader who has fetched half of a result holds its release open, the next night is released as usual, and
    the reader gets the other half of the same result, even if its release is removed.
    """
    home = quiet.home_after(1, tmp_path)
    held = current_release(home)
    assert held is not None
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": CHECKOUT}
    with subprocess.Popen([sys.executable, "-c", READER, str(home.root)], **pipes) as reader:
        try:
            assert reader.stdout is not None and reader.stdout.readline() == "half\n"
            NIGHTS[1](home.landing)
            assert commands.run(home.root, "refresh").ran.code == 0
            must_have_recovered(home, quiet.goals[1], 1, "beside a reader")
            held.folder.rename(tmp_path / "removed")
            assert reader.communicate("on\n")[0] == "True\n"
        finally:
            reader.kill()
