"""Times one evaluation of the deliveries sensor, by the number of files below landing/.

There are two homes: one whose files have been taken in by a refresh, as on any day, except for one that has changed;
and one whose files are all new. Nothing else of Dagster is timed, since only this part grows with the number of files.

Run from the checkout: `python -m benchmarks.sensor_speed`. Exits with 1 if the limit is missed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from warehouse.archive.arrivals import Arrival
from warehouse.intake import landing_snapshot
from warehouse.intake.landing import watched
from warehouse.intake.landing_snapshot import LandingSnapshot
from warehouse.intake.watch_landing import Watch, look
from warehouse.storage.file_stamp import stamp_of
from warehouse.storage.home import Home

LIMIT_SECONDS = 1.0
SITES = 10
ROW = "patient_id,sex\nP-{n},male\n"


def deliver(home: Home, n_files: int) -> list[Path]:
    """Write `n_files` small files of ten sites, last changed a minute ago, and return their paths."""
    paths = []
    for n in range(n_files):
        folder = home.landing / f"site-{n % SITES}" / "patients"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"2026-01-31_{n:06d}.csv"
        path.write_text(ROW.format(n=n), encoding="utf-8")
        os.utime(path, (time.time() - 60, time.time() - 60))
        paths.append(path)
    return paths


def take_in(home: Home) -> None:
    """Record every file as archived, as a refresh would, but without the copies, which the sensor does not read."""
    landing_snapshot.SETTLED_SECONDS = 0.0  # the files are as old as they will be on the next day
    memory, lines = LandingSnapshot(home), []
    for n, file in enumerate(watched(home), start=1):
        sha256, name = hashlib.sha256(file.path.read_bytes()).hexdigest(), file.path.name
        size = file.path.stat().st_size
        lines.append(Arrival(n, file.site, file.export, name, name, sha256, size, "2026-01-31T02:00:00+00:00").as_line)
        memory.remember(file.place, stamp_of(file.path), sha256)
    (home.archive / "arrivals.ndjson").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    memory.save()


def seconds_of_look(home: Home, text: str) -> tuple[float, float, str, int]:
    """Look once and return (seconds, processor seconds, the new cursor text, number of files that are not quiet)."""
    started, worked = time.perf_counter(), time.process_time()
    watch = Watch.from_text(text)
    found = look(home, watch, time.time(), 10)
    kept = watch.as_text
    return time.perf_counter() - started, time.process_time() - worked, kept, len(found.not_quiet)


def is_within(what: str, home: Home, times: int) -> bool:
    """Look `times` times, print the cost of a look and return whether it is within the limit."""
    looks = [seconds_of_look(home, "") for _ in range(times)]
    typical, of_work = (median(look[column] for look in looks) for column in (0, 1))
    _, _, kept, n_waiting = looks[0]
    verdict = "" if of_work < LIMIT_SECONDS else ": MISSED"
    print(
        f"{what}, {n_waiting:,} not quiet yet: {typical:.2f} s, {of_work:.2f} s of work "
        f"(limit {LIMIT_SECONDS}){verdict}; {len(kept):,} bytes kept"
    )
    return not verdict


def main(n_files: int, times: int) -> bool:
    """Print the cost of a look in both homes and return whether its processor seconds are within the limit."""
    with tempfile.TemporaryDirectory(prefix="sensor-speed-") as folder:
        home = Home(Path(folder)).create()
        paths = deliver(home, n_files)
        as_new = is_within(f"{n_files:,} files, all new", home, times)
        take_in(home)
        paths[0].write_text(ROW.format(n="changed"), encoding="utf-8")
        as_known = is_within(f"{n_files:,} files, one changed", home, times)
    return as_new and as_known


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=10_000, help="files below landing/, e.g. 10000")
    parser.add_argument("--times", type=int, default=5, help="how often to look, e.g. 5")
    options = parser.parse_args()
    sys.exit(not main(options.files, options.times))
