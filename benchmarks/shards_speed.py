"""Measures a full refresh in shards beside the same refresh without: processor seconds, seconds and memory.

A made-up registry is loaded, cleaned, derived and released, with all rows read again from the archive and no analysis
(core_refresh.py), each time by a command of its own. With --parts it also times, in one process, what the coordination
is made of: writing the order, making the shards, taking them.

Run from the checkout: `python -m benchmarks.shards_speed --patients 20000 --shards 16 --workers 1 2 4`.
"""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.fresh_process import module, registry, run_command, run_module
from benchmarks.process_tree import Cost, cost_of
from warehouse.storage.home import Home

LINE = "| {} | {} | {:.1f} | {:.1f} | {:.2f} | {:.2f} | {:.0f} |"


def measure(patients: int, shards: list[int], workers: list[int], folder: Path) -> None:
    """Print a line for the refresh without shards, and for each number of shards and of processes."""
    home = Home(folder / "home")
    run_command([*registry(), "demo", "--home", home.root, "--patients", patients])
    print("| shards | processes | processor s | s | processor, ratio | seconds, ratio | peak MB |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    _refresh(home, 1, 1)
    alone = _refresh(home, 1, 1)
    _say("none", 1, alone, alone)
    for number in shards:
        for processes in workers:
            _say(str(number), processes, _refresh(home, number, processes), alone)


def _refresh(home: Home, shards: int, workers: int) -> Cost:
    text = f"shards = {shards}\nshard_workers = {workers}\n"
    (home.root / "registry.toml").write_text(text, encoding="utf-8")
    return cost_of([*module("benchmarks.core_refresh"), "refresh", "--full", "--home", home.root])


def _say(shards: str, processes: int, cost: Cost, alone: Cost) -> None:
    ratios = cost.processor_seconds / alone.processor_seconds, cost.seconds / alone.seconds
    print(LINE.format(shards, processes, cost.processor_seconds, cost.seconds, *ratios, cost.peak_mb), flush=True)


def parts(patients: int, shards: int, folder: Path) -> dict[str, float]:
    """Return processor seconds of the parts of a rebuild, with all rows loaded before: without shards, and with."""
    from benchmarks.meter import Meter
    from synthetic.registry import write_registry
    from warehouse.clean.clean import clean_due_patients
    from warehouse.derived.derive import derived_order
    from warehouse.incremental import change_log
    from warehouse.refresh.bring_up_to_date import refresh_derived
    from warehouse.shards import gather
    from warehouse.shards.runner import in_turn
    from warehouse.storage.connection import open_build
    from workflows.load_deliveries import load_deliveries

    home = Home(folder / "home").create()
    write_registry(home.landing, patients)
    found: dict[str, float] = {}

    def lap(name: str, meter: Meter) -> None:
        found[name] = found.get(name, 0) + meter.read()["processor_seconds"]

    def make_shards(address: str, numbers) -> None:
        meter = Meter()
        in_turn(home.scratch)(address, numbers)
        lap("shards", meter)

    with open_build(home) as con:
        load_deliveries(con, home)
        for in_shards in (False, True):
            text = f"shards = {shards if in_shards else 1}\n"
            (home.root / "registry.toml").write_text(text, encoding="utf-8")
            change_log.reset_all_watermarks(con)
            meter = Meter()
            elsewhere = partial(gather.clean_in_shards, home=home, runner=make_shards)
            clean_due_patients(con, "this code", elsewhere=elsewhere)
            lap("clean, taken" if in_shards else "clean", meter)
            for table in derived_order(con):
                meter = Meter()
                refresh_derived(con, table, "this code", (), partial(gather.take_from_shards, home=home))
                lap("derived, taken" if in_shards else "derived", meter)
    found["clean, taken"] -= found["shards"]
    return found


def main(options: argparse.Namespace) -> None:
    """Measure what is asked for."""
    with tempfile.TemporaryDirectory(prefix="shards-speed-") as name:
        if options.only_parts:
            import json

            print(json.dumps(parts(options.patients, options.shards[0], Path(name))))
            return
        measure(options.patients, options.shards, options.workers, Path(name))
    if options.parts:
        words = ("--patients", options.patients, "--shards", options.shards[0], "--only-parts")
        found = run_module("benchmarks.shards_speed", *words)
        print("\n" + ", ".join(f"{name} {seconds:.1f}" for name, seconds in found.items()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=20_000, help="how many patients")
    parser.add_argument("--shards", type=int, nargs="+", default=[16], help="numbers of shards")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4], help="numbers of processes")
    parser.add_argument("--parts", action="store_true", help="also time the parts")
    parser.add_argument("--only-parts", action="store_true", help="time the parts (used by this program)")
    main(parser.parse_args())
