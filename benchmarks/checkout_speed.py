"""Times `registry refresh` of the demonstration study, as a ratio to the same command of another checkout.

Processor seconds of all its processes are compared, so that work moved into another process does not look saved. Both
checkouts refresh in turns, so that a busy machine slows both. The other one needs an environment in its .venv.

Run from the checkout: `python -m benchmarks.checkout_speed OTHER_CHECKOUT`. The homes are made in a temporary folder
and removed.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.fresh_process import CHECKOUT, ratio_of_medians

LIMIT = 1.35


def refresh(checkout: Path, home: Path) -> tuple[float, float]:
    """Return (seconds, processor seconds) of a first refresh by the code of `checkout`."""
    command = [str(checkout / ".venv" / "bin" / "python"), "-m", "orchestration.cli.main"]
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([*command, "demo", "--home", home], cwd=checkout, env=kept, capture_output=True, check=True)
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([*command, "refresh", "--home", home], cwd=checkout, env=kept, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (
        time.perf_counter() - started,
        after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
    )


def main(other: Path, times: int) -> None:
    """Refresh `times` times with each checkout, in turns, and print the medians and their ratios."""
    runs: dict[Path, list[tuple[float, float]]] = {CHECKOUT: [], other: []}
    with tempfile.TemporaryDirectory(prefix="checkout-speed-") as folder:
        for turn in range(times):
            for number, checkout in enumerate(runs):
                runs[checkout].append(refresh(checkout, Path(folder) / f"{turn}-{number}"))
    for place, what in enumerate(("seconds", "processor seconds")):
        here, there = ([run[place] for run in runs[checkout]] for checkout in (CHECKOUT, other))
        print(f"{what}: {median(here):.2f} to {median(there):.2f}, ratio {ratio_of_medians(here, there):.2f}")
    print(f"limit for processor seconds: {LIMIT}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("other", type=Path, help="another checkout, with its environment")
    parser.add_argument("--times", type=int, default=3)
    asked = parser.parse_args()
    main(asked.other.resolve(), asked.times)
