"""Measures whole commands as a user types them, beside the yardsticks on the same files: what each costs in all.

For each size: the plain script, plain pandas, a dbt project's build; `registry refresh` with everything, and "core",
which makes no analyses and no report; then 100 patients are delivered again, and dbt, core and everything take them in.
Every figure counts all processes from start to end (process_tree.py). Prints the figures and the targets as Markdown.

`--profile` shows instead where the processor seconds of the refresh and of the delivery go. `--nights 30` delivers on,
night after night, and prints what the releases hold on disk, blocks that they share once.

Run from the checkout: `python -m benchmarks.whole_command --patients 20000 100000`. Files are written to a temporary
folder (below TMPDIR, whose file system decides whether releases share blocks) and removed. It installs dbt with pip,
unless `--dbt` names one.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from datetime import date, timedelta
from pathlib import Path

import duckdb

from benchmarks.dbt_peer import project
from benchmarks.delivery import deliver
from benchmarks.disk_use import bytes_in
from benchmarks.fresh_process import module, registry, run_command, run_module
from benchmarks.process_tree import cost_of
from benchmarks.whole_picture import draw
from benchmarks.whole_tables import Measured, nights_table, profile_table, targets_table, whole_table
from warehouse.storage.home import Home

N_CHANGED = 100
MOST_SKIPPED = 0.1
"""Share of patients that a yardstick may skip, for cells that do not parse."""
FIRST_NIGHT = date(2025, 1, 31)
CORE = [*module("benchmarks.core_refresh"), "refresh"]
EVERYTHING = [*registry(), "refresh"]


def new_home(folder: Path, landing: Path) -> Home:
    """Create a home that takes its deliveries from `landing`."""
    home = Home(folder)
    home.create()
    home.landing.rmdir()
    home.landing.symlink_to(landing)
    return home


def night(number: int) -> str:
    """Return the name of the files that are delivered on that night, counted from 0."""
    return f"{FIRST_NIGHT + timedelta(days=number)}_synthetic.csv"


def measure(patients: int, folder: Path, dbt: Path | None) -> Measured:
    """Measure everything at one size in `folder`, an empty folder. Without `dbt` its project is left out."""
    landing = folder / "files" / "landing"
    run_command([*registry(), "demo", "--home", folder / "files", "--patients", patients])
    found = Measured(patients)
    found.costs["plain"] = cost_of([*module("benchmarks.plain_script"), landing, folder / "plain.duckdb"])
    refuse_empty(folder / "plain.duckdb", patients)
    (folder / "plain.duckdb").unlink()
    found.costs["pandas"] = cost_of([*module("benchmarks.pandas_peer"), landing])
    build, variables = [], project.environment(landing, folder / "dbt.duckdb")
    if dbt:
        project.write(folder / "project")
        build = project.build_command(dbt, folder / "project")
        run_command([build[0], "parse", *build[2:]], variables)  # a nightly build finds the project already parsed
        found.costs["dbt"] = cost_of(build, variables)
        refuse_empty(folder / "dbt.duckdb", patients)
    homes = {name: new_home(folder / name, landing) for name in ("core", "everything")}
    commands = {"core": CORE, "everything": EVERYTHING}
    for name, home in homes.items():
        found.costs[name] = cost_of([*commands[name], "--home", home.root])
        found.sizes[name] = bytes_in(home.root / "releases")
    found.quiet = run_module("benchmarks.quiet_night", homes["everything"].root)
    deliver(landing, N_CHANGED, night(0))
    if dbt:
        found.costs["dbt, delivery"] = cost_of(build, variables)
    for name, home in homes.items():
        found.costs[f"{name}, delivery"] = cost_of([*commands[name], "--home", home.root])
        found.sizes[f"{name}, delivery"] = bytes_in(home.root / "releases") - found.sizes[name]
    return found


def refuse_empty(database: Path, patients: int) -> None:
    """Stop if a yardstick made the derived tables of fewer patients than it was given: one that skips rows is fast."""
    with duckdb.connect(str(database), read_only=True) as con:
        found = con.execute("SELECT count(*) FROM derived.patient_ltpfs").fetchone()
    if not found or found[0] < (1 - MOST_SKIPPED) * patients:
        raise SystemExit(f"{database.stem} has {found and found[0]:,} of {patients:,} patients: it measures nothing.")


def profile(patients: int, folder: Path) -> tuple[dict, dict]:
    """Return the figures of profile_refresh for the first refresh and for the delivery after it."""
    landing = folder / "files" / "landing"
    run_command([*registry(), "demo", "--home", folder / "files", "--patients", patients])
    home = new_home(folder / "home", landing)
    full = run_module("benchmarks.profile_refresh", home.root)
    deliver(landing, N_CHANGED, night(0))
    return full, run_module("benchmarks.profile_refresh", home.root)


def nights(patients: int, folder: Path, count: int) -> list[tuple[float, int]]:
    """Return, for the first refresh and each night after it, its seconds and the bytes of all releases together."""
    landing = folder / "files" / "landing"
    run_command([*registry(), "demo", "--home", folder / "files", "--patients", patients])
    home, found = new_home(folder / "home", landing), []
    for number in range(count + 1):
        if number:
            deliver(landing, N_CHANGED, night(number - 1), N_CHANGED * (number - 1))
        cost = cost_of([*EVERYTHING, "--home", home.root])
        found.append((cost.seconds, bytes_in(home.root / "releases")))
    return found


def main(options: argparse.Namespace) -> None:
    """Measure what is asked for, print it, draw it."""
    found = []
    with tempfile.TemporaryDirectory(prefix="whole-command-") as name:
        dbt = options.dbt or (None if options.profile or options.nights else project.install(Path(name) / "dbt"))
        for patients in options.patients:
            folder = Path(name) / str(patients)
            folder.mkdir()
            if options.profile:
                print(f"\n{patients:,} patients\n\n{profile_table(*profile(patients, folder))}", flush=True)
            elif options.nights:
                print(
                    f"\n{patients:,} patients\n\n{nights_table(nights(patients, folder, options.nights))}", flush=True
                )
            else:
                found.append(measure(patients, folder, dbt))
                print(f"{patients:,} patients measured\n\n{whole_table(found)}\n", flush=True)
            shutil.rmtree(folder)
    if found:
        print(f"\n{targets_table(found)}")
    if found and options.picture:
        draw(found, options.picture)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, nargs="+", default=[20_000, 100_000], help="sizes, ascending")
    parser.add_argument("--dbt", type=Path, help="a dbt that is already installed; default: install one for this run")
    parser.add_argument("--picture", type=Path, help="where to draw, e.g. docs/pictures/growth.svg")
    parser.add_argument("--profile", action="store_true", help="show processor seconds by step instead")
    parser.add_argument("--nights", type=int, default=0, help="deliver this many nights and print sizes, e.g. 30")
    main(parser.parse_args())
