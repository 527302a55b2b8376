"""Runs work in a fresh process, times it, and reads back the figures it prints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

CHECKOUT = Path(__file__).parent.parent


def registry() -> list[str]:
    """Return the command `registry`: the installed script, or else the module it calls."""
    script = Path(sys.executable).parent / "registry"
    return [str(script)] if script.exists() else [sys.executable, "-m", "orchestration.cli.main"]


def module(name: str) -> list[str]:
    """Return the command that runs a module of the checkout."""
    return [sys.executable, "-m", name]


def run_module(name: str, *arguments: object) -> Any:
    """Run `python -m name arguments` and parse its last line as JSON.

    Raises RuntimeError with the end of its stderr if it fails.
    """
    return json.loads(run_command([*module(name), *arguments]).splitlines()[-1])


def seconds_of(command: Sequence[object]) -> float:
    """Return how many seconds the process took, including its start. Raises RuntimeError if it fails."""
    begin = time.perf_counter()
    run_command(command)
    return time.perf_counter() - begin


def run_command(command: Sequence[object], variables: dict[str, str] | None = None) -> str:
    """Run a command with these variables too and return what it prints. Raises RuntimeError if it fails."""
    words = list(map(str, command))
    done = subprocess.run(words, cwd=CHECKOUT, capture_output=True, text=True, env=environment() | (variables or {}))
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} failed:\n{done.stderr[-2000:]}")
    return done.stdout


def environment() -> dict[str, str]:
    """Return this process's environment, with bytecode caching on: users do not recompile the modules on every run."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def ratio_of_medians(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the median of `first` divided by the median of `second`."""
    return median(first) / median(second)
