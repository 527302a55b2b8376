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


def run_module(module: str, *arguments: object) -> Any:
    """Run `python -m module arguments` and parse its last line as JSON.

    Raises RuntimeError with the end of its stderr if it fails.
    """
    done = _run([sys.executable, "-m", module, *map(str, arguments)])
    return json.loads(done.stdout.splitlines()[-1])


def seconds_of(command: Sequence[object]) -> float:
    """Return how many seconds the process took, including its start. Raises RuntimeError if it fails."""
    begin = time.perf_counter()
    _run(list(map(str, command)))
    return time.perf_counter() - begin


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, env=_environment())
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return done


def _environment() -> dict[str, str]:
    """Return this process's environment, with bytecode caching on: users do not recompile the modules on every run."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def ratio_of_medians(first: Sequence[float], second: Sequence[float]) -> float:
    """Return the median of `first` divided by the median of `second`."""
    return median(first) / median(second)
