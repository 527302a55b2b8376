"""Run `registry` for the tests of failing safely: to its end, or until it is killed.

A kill is SIGKILL to the command's whole process group.
"""

from __future__ import annotations

import json
import os
import pickle
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.orchestration.command import CHECKOUT, Ran, run_here
from tests.orchestration.light import BY_NAME, canaries_once

LIMIT_SECONDS = 240
DEFAULT = "light"


@dataclass(frozen=True)
class Ended:
    """How a command ended, after how many seconds; `was_killed` is False if it ended before the kill."""

    ran: Ran
    seconds: float

    @property
    def was_killed(self) -> bool:
        """Whether SIGKILL ended it."""
        return self.ran.code == -signal.SIGKILL

    @property
    def step(self) -> str:
        """The step that it last reported: the first two words, without names of files."""
        said = [line for line in self.ran.err.decode().splitlines() if line.startswith("  ")]
        words = said[-1].split() if said else ["importing"]
        return words[0] if words[0] in ("landing", "loading", "validating", "deriving") else " ".join(words)


class Here:
    """Run commands in this process, which has imported everything: for nights that nothing interrupts."""

    def __init__(self, makes: str = DEFAULT):
        self.makes = makes

    def run(self, home: Path, *words: str) -> Ended:
        """Run `registry WORDS --home HOME`."""
        started = time.monotonic()
        ran = run_here(home, *words, makes=BY_NAME[self.makes])
        return Ended(ran, time.monotonic() - started)


class Commands:
    """Run commands in children of the warm process; `makes` is what their refreshes make (light.BY_NAME)."""

    def __init__(self, process: subprocess.Popen[str], folder: Path, makes: str = DEFAULT):
        self._process = process
        self._folder = folder
        self._count = 0
        self.makes = makes

    @contextmanager
    def making(self, makes: str) -> Iterator[Commands]:
        """Have refreshes inside the block make what tests/orchestration/light.py has under that name: "with history" if
        a test asks Dagster for its runs, "everything" otherwise.
        """
        before, self.makes = self.makes, makes
        try:
            yield self
        finally:
            self.makes = before

    def _ask(self, **question: object) -> dict:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def run(
        self, home: Path, *words: str, kill_after: float | None = None, place: str | None = None, is_fresh: bool = False
    ) -> Ended:
        """Run `registry WORDS --home HOME`, killed after this many seconds, or at a place in its own code
        (kill_places.py).

        `is_fresh` starts a fresh interpreter instead of a child of the warm process; its refresh makes everything.
        """
        self._count += 1
        out, err = (self._folder / f"{self._count}.{name}" for name in ("out", "err"))
        typed = [*words, "--home", str(home)]
        started = time.monotonic()
        if is_fresh:
            command = [sys.executable, "-m", "orchestration.cli.main", *typed]
            with open(out, "wb") as o, open(err, "wb") as e:
                fresh = subprocess.Popen(command, stdout=o, stderr=e, cwd=CHECKOUT, start_new_session=True)
            _kill_after(fresh.pid, kill_after)
            code = fresh.wait(LIMIT_SECONDS)
        else:
            pid = self._ask(words=typed, out=str(out), err=str(err), place=place, makes=self.makes)["pid"]
            _kill_after(pid, kill_after)
            code = self._ask(wait=pid)["code"]
        return Ended(Ran(code, out.read_bytes(), err.read_bytes()), time.monotonic() - started)


def _kill_after(pid: int, seconds: float | None) -> None:
    if seconds is None:
        return
    watched = os.pidfd_open(pid)
    try:
        has_ended, _, _ = select.select([watched], [], [], seconds)
    finally:
        os.close(watched)
    if has_ended:
        return
    with suppress(ProcessLookupError):  # it has no group of its own yet
        os.killpg(pid, signal.SIGKILL)
        return
    os.kill(pid, signal.SIGKILL)


@contextmanager
def warm_commands() -> Iterator[Commands]:
    """Keep a warm process during the block."""
    with tempfile.TemporaryDirectory() as folder:
        canaries = Path(folder) / "canaries.pickle"
        canaries.write_bytes(pickle.dumps(canaries_once()))
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.warm_process", str(canaries)],
            cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert process.stdout is not None and json.loads(process.stdout.readline())["ready"]
            yield Commands(process, Path(folder))
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(LIMIT_SECONDS)
            process.stdout.close()
