"""Times a full refresh, as a ratio to a plain DuckDB script on the same files.

Both run in fresh processes, in turns, so that a busy machine slows both. The refresh goes up to the release, without
analyses and imports; `--whole` times the command `registry refresh` with everything instead.

Run from the checkout: `python -m benchmarks.refresh_speed --patients 100000`. Files are written to a temporary folder
and removed.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.fresh_process import ratio_of_medians, registry, run_module, seconds_of
from warehouse.storage.home import Home

LIMITS = {100_000: 3.0, 1_000_000: 2.5}
"""Number of patients -> the ratio that a registry of that size should stay below."""


def main(patients: int, pairs: int, whole: bool) -> None:
    """Make the registry, run both `pairs` times and print the figures."""
    with tempfile.TemporaryDirectory(prefix="refresh-speed-") as folder:
        source = Path(folder) / "files"
        seconds_of([*registry(), "demo", "--home", source, "--patients", patients])
        megabytes = sum(path.stat().st_size for path in source.rglob("*.csv")) / 1e6
        print(f"{patients} patients, {megabytes:.0f} MB of CSV")
        plain, platform = [], []
        for _ in range(pairs):
            plain.append(_plain(source, Path(folder)))
            platform.append(_whole(source, Path(folder)) if whole else _platform(source, Path(folder)))
            print(f"  plain script {plain[-1]['seconds']:.2f} s, refresh {platform[-1]['seconds']:.2f} s", flush=True)
    _report(patients, plain, platform)


def _plain(source: Path, folder: Path) -> dict:
    database = folder / "plain.duckdb"
    try:
        return run_module("benchmarks.plain_script", source / "landing", database)
    finally:
        database.unlink(missing_ok=True)


def _new_home(source: Path, folder: Path) -> Home:
    home = Home(folder / "home")
    shutil.rmtree(home.root, ignore_errors=True)
    home.create()
    home.landing.rmdir()
    home.landing.symlink_to(source / "landing")
    return home


def _platform(source: Path, folder: Path) -> dict:
    return run_module("benchmarks.platform_refresh", _new_home(source, folder).root)


def _whole(source: Path, folder: Path) -> dict:
    home = _new_home(source, folder)
    return {"seconds": seconds_of([*registry(), "refresh", "--home", home.root])}


def _report(patients: int, plain: list[dict], platform: list[dict]) -> None:
    ratio = ratio_of_medians([p["seconds"] for p in platform], [p["seconds"] for p in plain])
    limit = f" (limit {LIMITS[patients]})" if patients in LIMITS else ""
    print(f"ratio of the medians {ratio:.2f}{limit}")
    if "processor_seconds" in platform[0]:
        work = ratio_of_medians([p["processor_seconds"] for p in platform], [p["processor_seconds"] for p in plain])
        print(f"ratio of processor seconds {work:.2f}")
    for name, runs in (("plain script", plain), ("refresh", platform)):
        memory = f", peak memory {max(run['peak_mb'] for run in runs):.0f} MB" if "peak_mb" in runs[0] else ""
        print(f"{name}: {median(run['seconds'] for run in runs):.2f} s{memory}")
    if "steps" not in platform[0]:
        return
    typical = sorted(platform, key=lambda run: run["seconds"])[len(platform) // 2]
    print("\n| step | seconds | share |\n|---|---:|---:|")
    for step, seconds in sorted(typical["steps"].items(), key=lambda item: -item[1]):
        if seconds >= 0.005:
            print(f"| {step} | {seconds:.2f} | {100 * seconds / typical['seconds']:.0f} % |")
    print(f"content hash {typical['content_hash'][:16]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=100_000, help="size of the registry, e.g. 100000")
    parser.add_argument("--pairs", type=int, default=3, help="how often to run each, e.g. 3")
    parser.add_argument("--whole", action="store_true", help="time the command `registry refresh` with analyses")
    options = parser.parse_args()
    main(options.patients, options.pairs, options.whole)
