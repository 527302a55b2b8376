"""Measures the share of a refresh of the demonstration study that goes into its run of the canaries.

Run from the checkout: `python -m benchmarks.canary_speed`. Files are written to a temporary folder and removed.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.fresh_process import registry, run_module, seconds_of
from warehouse.quality.canaries import run_canaries

LIMIT = 0.15
"""Largest share of the processor seconds of a full refresh up to the release, without analyses and imports."""
TIMES = 3


def main() -> None:
    """Time the canaries and a refresh a few times and print the median share."""
    run_canaries()  # late imports happen before the clock starts
    shares = []
    for _ in range(TIMES):
        started = time.process_time()
        run_canaries()
        own = time.process_time() - started
        with tempfile.TemporaryDirectory(prefix="canary-speed-") as folder:
            home = Path(folder) / "home"
            seconds_of([*registry(), "demo", "--home", home])
            whole = run_module("benchmarks.platform_refresh", home)["processor_seconds"]
        shares.append(own / whole)
        print(f"  canaries {own:.2f} s, refresh with them {whole:.2f} s of the processor", flush=True)
    print(f"median share {median(shares):.2f} (limit {LIMIT})")


if __name__ == "__main__":
    main()
