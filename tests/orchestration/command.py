"""Run `registry` in tests: in this process, with its real file descriptors, or in a fresh one.

A refresh in this process is a light one (tests/orchestration/light.py) unless the test asks for more.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.orchestration.light import LIGHT, Makes, canaries_once, making

CHECKOUT = Path(__file__).parents[2]
LIMIT_SECONDS = 240


@dataclass(frozen=True)
class Ran:
    """How a command ended: exit code, standard output and standard error as bytes."""

    code: int
    out: bytes
    err: bytes

    @property
    def text(self) -> str:
        """The standard output as text."""
        return self.out.decode()

    @property
    def complaint(self) -> str:
        """The one line that says what is wrong and what cures it; fails unless there is exactly one."""
        lines = [line for line in self.err.decode().splitlines() if line.startswith("registry: ")]
        assert len(lines) == 1, self.err.decode()
        assert "Traceback" not in self.err.decode()
        return lines[0]


def run_here(home: Path, *words: str, makes: Makes = LIGHT, **environment: str) -> Ran:
    """Run `registry WORDS --home HOME` in this process, as the console script would.

    `makes` says what a refresh makes, and where Dagster writes. The canaries run once in each of the tests'
    processes. Of REGISTRY_* and DAGSTER_*, only `environment` is set.
    """
    from orchestration.cli.main import run

    with tempfile.TemporaryDirectory() as folder:
        files = (Path(folder) / "out", Path(folder) / "err")
        with (
            _kept_environment(environment),
            _arguments("registry", *words, "--home", str(home)),
            _captured(files),
            making(makes, canaries_once),
        ):
            try:
                run()
                code = 0
            except SystemExit as end:
                code = 0 if end.code is None else int(end.code)
        return Ran(code, *(file.read_bytes() for file in files))


def run_apart(home: Path | None, *words: str, **environment: str) -> Ran:
    """Run the command in a fresh interpreter; with `home` None, leave out --home."""
    command = [sys.executable, "-m", "orchestration.cli.main", *words]
    if home is not None:
        command += ["--home", str(home)]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("REGISTRY_", "DAGSTER_"))}
    done = subprocess.run(
        command, capture_output=True, cwd=CHECKOUT, env=kept | environment, timeout=LIMIT_SECONDS, check=False
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@contextmanager
def _arguments(*words: str) -> Iterator[None]:
    old, sys.argv = sys.argv, list(words)
    try:
        yield
    finally:
        sys.argv = old


@contextmanager
def _kept_environment(given: dict[str, str]) -> Iterator[None]:
    """Set REGISTRY_* and DAGSTER_* in the environment inside the block as given, and restore them afterwards."""
    old = dict(os.environ)
    for name in old:
        if name.startswith(("REGISTRY_", "DAGSTER_")):
            del os.environ[name]
    os.environ.update(given)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(old)


@contextmanager
def _captured(files: tuple[Path, Path]) -> Iterator[None]:
    """Redirect descriptors 1 and 2, and the streams on them, to the two files inside the block."""
    outside = (sys.stdout, sys.stderr)
    saved = [os.dup(number) for number in (1, 2)]
    for number, file in zip((1, 2), files, strict=True):
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(descriptor, number)
        os.close(descriptor)
    inside = [open(n, "w", encoding="utf-8", closefd=False) for n in (1, 2)]  # noqa: SIM115 (closed below)
    sys.stdout, sys.stderr = inside
    try:
        yield
    finally:
        sys.stdout, sys.stderr = outside
        for stream, number, descriptor in zip(inside, (1, 2), saved, strict=True):
            stream.close()
            os.dup2(descriptor, number)
            os.close(descriptor)
