"""Measures a lake beside the home: what publishing adds to a refresh, what releases take in it, how fast it commits.

A made-up registry is refreshed with everything; then, night by night, a hundred other patients change. After each
refresh the release is published in a lake, in a process of its own. `--postgres` names a database for the catalogue
(host=... dbname=...); without it the catalogue is a file. At the end it prints which tables' bytes the
nights add. Several writers are measured by lake_writers.py, `registry refresh` with a lake by lake_refresh.py.

Run from the checkout: `python -m benchmarks.lake_speed --patients 20000 --nights 30`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from benchmarks.delivery import deliver
from benchmarks.disk_use import bytes_in
from benchmarks.fresh_process import module, registry, run_command
from benchmarks.lake_bytes import bytes_by_table
from benchmarks.process_tree import Cost, cost_of
from benchmarks.whole_command import N_CHANGED, new_home, night
from warehouse.lake.address import VARIABLE, lake_address
from warehouse.storage.home import Home


def measure(patients: int, nights: int, folder: Path) -> None:
    """Print a line for each night, and at the end what upkeep and a lake of the last release alone take."""
    landing, files = folder / "files" / "landing", folder / "lake"
    run_command([*registry(), "demo", "--home", folder / "files", "--patients", patients])
    home = new_home(folder / "home", landing)
    _place(home, files)
    print("| night | refresh, processor s (s) | publishing | ratio | release in the home, MB | lake, MB |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    for number in range(nights + 1):
        if number:
            deliver(landing, N_CHANGED, night(number - 1), N_CHANGED * (number - 1))
        (home.root / "lake").unlink(missing_ok=True)  # or the refresh would refuse to leave the lake out
        refresh = cost_of([*registry(), "refresh", "--home", home.root], {VARIABLE: "embedded"})
        lake = cost_of([*module("benchmarks.lake_speed"), "--follow", home.root])
        of_release = bytes_in(home.current.resolve())
        ratio = (refresh.processor_seconds + lake.processor_seconds) / refresh.processor_seconds
        print(
            f"| {number} | {_cost(refresh)} | {_cost(lake)} | {ratio:.2f} | {of_release / 1e6:.1f} | {_mb(files)} |",
            flush=True,
        )
        if number:  # the lake has it; thirty releases in the home would only fill the disk
            run_command([*registry(), "prune", "--keep", "1", "--home", home.root])
    whole = bytes_in(files)
    _upkeep(home)
    print(f"\nall {nights + 1} releases: {whole / 1e6:.1f} MB; after upkeep {_mb(files)} MB")
    alone = folder / "alone"
    _place(home, alone)
    (home.root / "lake").unlink()
    os.environ[VARIABLE] = f"ducklake:duckdb:{folder / 'alone.ducklake'}"
    for other in home.releases.iterdir():
        if other.is_dir() and not other.is_symlink() and other.name != home.current.resolve().name:
            shutil.rmtree(other)
    follow_home(home)
    one = bytes_in(alone)
    print(f"the last release alone: {one / 1e6:.1f} MB; ratios {whole / one:.2f} and {bytes_in(files) / one:.2f}")


def _place(home: Home, files: Path) -> None:
    (home.root / "registry.toml").write_text(f'data_path = "{files}"\n', encoding="utf-8")


def _cost(cost: Cost) -> str:
    return f"{cost.processor_seconds:.1f} ({cost.seconds:.1f})"


def _mb(folder: Path) -> str:
    return f"{bytes_in(folder) / 1e6:.1f}"


def follow_home(home: Home) -> None:
    """Publish what the lake lacks."""
    from warehouse.lake.state import follow

    follow(home)


def _upkeep(home: Home) -> None:
    from warehouse.lake.maintain import clean_up, compact
    from warehouse.lake.state import lake_of

    address = lake_address()
    assert address is not None
    started = time.process_time()
    with lake_of(home, address) as con:
        print(f"\n{bytes_by_table(con)}", flush=True)
        before, now = compact(con)
        n_deleted, _ = clean_up(con, timedelta(0))
    print(f"\nupkeep: {time.process_time() - started:.1f} processor s; {before:,} data files to {now:,}", end="")
    print(f"; {n_deleted:,} files deleted")


def main(options: argparse.Namespace) -> None:
    """Measure what is asked for."""
    if options.follow:
        follow_home(Home(options.follow))
        return
    with tempfile.TemporaryDirectory(prefix="lake-speed-") as name:
        folder = Path(name)
        place = f"postgres:{options.postgres}" if options.postgres else f"duckdb:{folder / 'catalogue.ducklake'}"
        os.environ[VARIABLE] = f"ducklake:{place}"
        measure(options.patients, options.nights, folder)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=20_000, help="how many patients")
    parser.add_argument("--nights", type=int, default=30, help="deliver this many nights")
    parser.add_argument("--postgres", help="the catalogue's database, e.g. 'host=127.0.0.1 dbname=lake'")
    parser.add_argument("--follow", type=Path, help="publish in the lake what the home has (used by this program)")
    main(parser.parse_args())
