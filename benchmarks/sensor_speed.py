"""How long one look of the deliveries sensor takes, by the number of files below landing/.

Two homes: one whose files a refresh has taken in, as on any day, of which one file has changed; and one whose files are
all new. Nothing else of Dagster is in it: the look is what grows with the files.

Run from the checkout: `python -m benchmarks.sensor_speed`. Ends with 1 where the limit is missed.
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
    """So many small files of ten sites, changed a minute ago."""
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
    """Write down that the archive holds every file, as a refresh would; without the copies, which no look reads."""
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
    """(seconds, of processor time, what is kept, files that are not quiet) of one look, from text to text."""
    started, worked = time.perf_counter(), time.process_time()
    watch = Watch.from_text(text)
    found = look(home, watch, time.time(), 10)
    kept = watch.as_text
    return time.perf_counter() - started, time.process_time() - worked, kept, len(found.not_quiet)


def is_within(what: str, home: Home, times: int) -> bool:
    """Look so often, print what a look costs, and say whether it keeps the limit."""
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
    """Print what a look costs in both homes; whether the limit is kept, in seconds of processor time."""
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
    parser.add_argument("--times", type=int, default=5, help="how often is looked, e.g. 5")
    options = parser.parse_args()
    sys.exit(not main(options.files, options.times))
