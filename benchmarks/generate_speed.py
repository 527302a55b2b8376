"""Measures how fast a synthetic registry is written: seconds, peak memory, rows per export.

Run from the checkout: `python -m benchmarks.generate_speed 100000`. Files are written to a temporary folder and
removed.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from synthetic.registry import write_registry


def main(patients: int) -> None:
    """Write one registry and print what it took."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        files = write_registry(Path(folder), patients)
        seconds = time.perf_counter() - begin
        megabytes = sum(path.stat().st_size for path in Path(folder).rglob("*.csv")) / 1e6
    rows: Counter[str] = Counter()
    for name, count in files.items():
        rows[name.split("/")[1]] += count
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{patients} patients: {seconds:.1f} s, {megabytes:.0f} MB of CSV, peak memory {peak:.0f} MB")
    print(", ".join(f"{export} {count}" for export, count in rows.items()))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
