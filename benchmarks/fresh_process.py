"""Running a piece of work in a fresh process, and reading back what it says of itself.

What belongs here: starting, timing, the median. What does not: any work.
"""

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
    """The command `registry`: the installed script, else the module it calls."""
    script = Path(sys.executable).parent / "registry"
    return [str(script)] if script.exists() else [sys.executable, "-m", "orchestration.cli.main"]


def run_module(module: str, *arguments: object) -> Any:
    """Run `python -m module arguments` and read the JSON of its last line. RuntimeError with its words otherwise."""
    done = _run([sys.executable, "-m", module, *map(str, arguments)])
    return json.loads(done.stdout.splitlines()[-1])


def seconds_of(command: Sequence[object]) -> float:
    """Seconds of a whole process, its start included. RuntimeError where it fails."""
    begin = time.perf_counter()
    _run(list(map(str, command)))
    return time.perf_counter() - begin


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, env=_environment())
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return done


def _environment() -> dict[str, str]:
    """This process's, where Python may keep what it compiled: a user's own modules are not compiled anew each time, as
    the libraries' are not.
    """
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def ratio_of_medians(first: Sequence[float], second: Sequence[float]) -> float:
    """Median of `first` divided by the median of `second`."""
    return median(first) / median(second)
