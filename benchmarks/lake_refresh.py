"""Compares `registry refresh` with a lake to the same without one: a full refresh, then a delivery of 100 patients.

Each round makes two homes from the same files, refreshes both with everything, delivers, and refreshes both again, in
turns. The lake's catalogue is in a PostgreSQL server of its own, its files on the local disk. Processor seconds are
those of the command and all of its processes; the server's own are not in them, and are printed apart.

Run from the checkout: `python -m benchmarks.lake_refresh --patients 20000 --rounds 3`.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.delivery import deliver
from benchmarks.disk_use import bytes_in
from benchmarks.fresh_process import registry, run_command
from benchmarks.postgres_server import Server, own_server
from benchmarks.process_tree import Cost, cost_of, processor_seconds
from benchmarks.whole_command import N_CHANGED, new_home, night
from warehouse.lake.address import VARIABLE

LIMITS = {"full": 1.5, "delivery": 1.2}


def measure(patients: int, rounds: int, folder: Path, server: Server) -> None:
    """Print a row for each round and step, and the medians at the end."""
    run_command([*registry(), "demo", "--home", folder / "files", "--patients", patients])
    found: dict[tuple[str, str], list[float]] = {}
    print("| round | step | embedded, processor s (s) | lake | ratio | the server's | lake's files, MB |")
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: |", flush=True)
    for number in range(rounds):
        place = folder / str(number)
        shutil.copytree(folder / "files" / "landing", place / "landing")
        homes = {name: new_home(place / name, place / "landing") for name in ("embedded", "lake")}
        (homes["lake"].root / "registry.toml").write_text(f'data_path = "{place / "parquet"}"\n', encoding="utf-8")
        settings = {"embedded": "embedded", "lake": f"ducklake:postgres:{server.database(f'lake{number}')}"}
        order = list(homes) if number % 2 == 0 else list(homes)[::-1]
        for step in LIMITS:
            if step == "delivery":
                deliver(place / "landing", N_CHANGED, night(0))
            costs, before = {}, processor_seconds(server.pid)
            for name in order:
                costs[name] = cost_of([*registry(), "refresh", "--home", homes[name].root], {VARIABLE: settings[name]})
                found.setdefault((step, name), []).append(costs[name].processor_seconds)
            ratio = costs["lake"].processor_seconds / costs["embedded"].processor_seconds
            print(
                f"| {number + 1} | {step} | {_cost(costs['embedded'])} | {_cost(costs['lake'])} | {ratio:.2f} "
                f"| {processor_seconds(server.pid) - before:.1f} | {bytes_in(place / 'parquet') / 1e6:.1f} |",
                flush=True,
            )
        shutil.rmtree(place)
    for step, limit in LIMITS.items():
        ratio = median(found[step, "lake"]) / median(found[step, "embedded"])
        print(f"{step}: {ratio:.2f} (limit {limit}), medians of {rounds}", flush=True)


def _cost(cost: Cost) -> str:
    return f"{cost.processor_seconds:.1f} ({cost.seconds:.1f})"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=20_000, help="how many patients")
    parser.add_argument("--rounds", type=int, default=3, help="how often")
    options = parser.parse_args()
    with (
        own_server(*(f"lake{number}" for number in range(options.rounds))) as at,
        tempfile.TemporaryDirectory(prefix="lake-refresh-") as name,
    ):
        measure(options.patients, options.rounds, Path(name), at)
