"""A second writer learns at once who holds the lock and since when; a dead holder holds nothing."""

import fcntl
import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.orchestration.command import CHECKOUT
from tests.reliability.commands import Commands
from warehouse.storage.home import Home
from warehouse.storage.lock import is_held

HOLDER = """
import sys, time
from pathlib import Path
from warehouse.storage.home import Home
from warehouse.storage.lock import refresh_lock
with refresh_lock(Home(Path(sys.argv[1]))):
    print("held", flush=True)
    time.sleep(600)
"""
AT_ONCE_SECONDS = 5
"""Mostly the time in which a busy machine forks; no refresh ends in it."""


def test_the_second_writer_and_the_dead_one(commands: Commands, tmp_path: Path) -> None:
    """While a process holds the lock, refresh exits with 4 at once and names process, machine and time; status says
    that a refresh runs. A holder killed with -9 leaves its note behind, but the next refresh runs.
    """
    home = Home(tmp_path / "home").create()
    started = datetime.now(UTC).replace(microsecond=0)
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(home.root)], cwd=CHECKOUT, stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        ended = commands.run(home.root, "refresh")
        assert ended.ran.code == 4 and ended.ran.out == b"" and ended.seconds < AT_ONCE_SECONDS
        told = re.search(r"process (\d+) on \S+ since (\S+)\)", ended.ran.complaint)
        assert told is not None and int(told[1]) == holder.pid
        assert started <= datetime.fromisoformat(told[2]) <= datetime.now(UTC)
        assert "running now" in commands.run(home.root, "status").ran.text
    finally:
        holder.kill()
        holder.communicate()
    assert json.loads(home.lock_file.with_suffix(".json").read_text())["pid"] == holder.pid
    assert "running now" not in commands.run(home.root, "status").ran.text
    assert commands.run(home.root, "refresh").ran.code == 0


def test_a_question_is_not_a_refresh(tmp_path: Path) -> None:
    """Two commands that ask at the same time whether a refresh is running do not take each other for one."""
    home = Home(tmp_path / "home").create()
    home.lock_file.touch()
    with open(home.lock_file, "rb") as other:
        fcntl.flock(other, fcntl.LOCK_SH)
        assert not is_held(home)
