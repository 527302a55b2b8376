"""Measures how refreshes grow with the registry: a full one, one after a delivery of 100 patients, a quiet night.

For each size, in one run and in fresh processes: the plain script (plain_script.py), a full refresh up to the release
without analyses, a refresh after 100 patients were seen again, and a night without new files. Prints a table;
`--picture FILE.svg` draws it.

Run from the checkout: `python -m benchmarks.growth_speed --patients 10000 100000 1000000`. Files are written to a
temporary folder and removed.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.delivery import deliver
from benchmarks.fresh_process import registry, run_module, seconds_of
from warehouse.storage.home import Home

N_CHANGED = 100
FULL_LIMIT, DELIVERY_LIMIT, QUIET_LIMIT_SECONDS, MEMORY_LIMIT_MB = 2.5, 0.10, 1.0, 4000
"""At a million patients: ratio of full refresh to plain script, of delivery to full refresh; a quiet night; memory."""


@dataclass(frozen=True)
class Measured:
    """The figures for one size: each field is a dict of seconds, processor_seconds and peak_mb."""

    patients: int
    rows: int
    plain: dict
    full: dict
    delivery: dict
    quiet: dict


def measure(patients: int, folder: Path) -> Measured:
    """Make a registry of that size below `folder`, refresh it in each way, remove it and return the figures."""
    source, database, home = folder / "files", folder / "plain.duckdb", Home(folder / "home")
    try:
        seconds_of([*registry(), "demo", "--home", source, "--patients", patients])
        plain = run_module("benchmarks.plain_script", source / "landing", database)
        database.unlink()
        home.create()
        home.landing.rmdir()
        home.landing.symlink_to(source / "landing")
        full = run_module("benchmarks.platform_refresh", home.root)
        deliver(source / "landing", N_CHANGED, "2025-01-31_synthetic.csv")
        delivery = run_module("benchmarks.platform_refresh", home.root, "--follow")
        quiet = run_module("benchmarks.quiet_night", home.root)
    finally:
        for path in (source, home.root):
            shutil.rmtree(path, ignore_errors=True)
        database.unlink(missing_ok=True)
    rows = sum(table["rows"] for name, table in full["tables"].items() if name.startswith("clean."))
    return Measured(patients, rows, plain, full, delivery, quiet)


def table_of(found: list[Measured]) -> str:
    """Format the figures as a Markdown table with one column per size."""
    lines = [
        ("patients", [f"{m.patients:,}" for m in found]),
        ("clean rows", [f"{m.rows:,}" for m in found]),
        ("plain script, s", [_both(m.plain) for m in found]),
        ("full refresh, s", [_both(m.full) for m in found]),
        ("full refresh, of the plain script", [_ratio(m.full, m.plain) for m in found]),
        (f"delivery of {N_CHANGED} patients, s", [_both(m.delivery) for m in found]),
        ("delivery, of the full refresh", [_ratio(m.delivery, m.full) for m in found]),
        ("quiet night beyond imports, s", [f"{m.quiet['seconds']:.2f}" for m in found]),
        ("peak memory: plain script, MB", [f"{m.plain['peak_mb']:,.0f}" for m in found]),
        ("peak memory: full refresh, MB", [f"{m.full['peak_mb']:,.0f}" for m in found]),
        ("peak memory: delivery, MB", [f"{m.delivery['peak_mb']:,.0f}" for m in found]),
    ]
    head = ["| seconds (processor seconds in brackets) |" + " |" * len(found), "|---|" + "---:|" * len(found)]
    return "\n".join([*head, *(f"| {name} | {' | '.join(cells)} |" for name, cells in lines)])


def _both(run: dict) -> str:
    return f"{run['seconds']:.1f} ({run['processor_seconds']:.1f})"


def _ratio(run: dict, other: dict) -> str:
    clock, work = (run[k] / other[k] for k in ("seconds", "processor_seconds"))
    return f"{clock:.2f} ({work:.2f})"


def steps_of(run: dict) -> str:
    """Format where the time went as a Markdown table; steps that took less than 1 % are left out."""
    rows = sorted(run["steps"].items(), key=lambda item: -item[1])
    lines = [f"| {step} | {s:.2f} | {100 * s / run['seconds']:.0f} % |" for step, s in rows if s > run["seconds"] / 100]
    return "\n".join(["| step | seconds | share |", "|---|---:|---:|", *lines])


def draw(found: list[Measured], path: Path) -> None:
    """Draw the figures against size on logarithmic axes, where growth in proportion is a line of slope one."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "growth"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6.4, 4.2), layout="constrained")
    sizes = [m.patients for m in found]
    lines = (
        ("full refresh", "#C4500A", "o-", lambda m: m.full["seconds"]),
        ("plain script", "#0072B2", "s--", lambda m: m.plain["seconds"]),
        (f"delivery of {N_CHANGED} patients", "#00795A", "^-.", lambda m: m.delivery["seconds"]),
        ("quiet night, beyond imports", "#595959", "d:", lambda m: m.quiet["seconds"]),
    )
    for label, colour, dash, seconds in lines:
        axes.loglog(sizes, [seconds(m) for m in found], dash, color=colour, label=label)
    first, last = found[0], found[-1]
    axes.loglog(sizes, [first.full["seconds"] * n / sizes[0] for n in sizes], color="#d9d9d9", zorder=0)
    axes.annotate("in proportion", (sizes[0], first.full["seconds"]), xytext=(14, 22), textcoords="offset points",
                  color="#7a7a7a", rotation=38, fontsize=8)  # fmt: skip
    axes.set_xlabel("Patients")
    axes.set_ylabel("Seconds")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    axes.set_title(f"Refreshes of {first.patients:,} to {last.patients:,} patients", fontsize=9)
    figure.savefig(path, metadata={"Date": None})


def main(sizes: list[int], picture: Path | None) -> None:
    """Measure every size, print the tables, draw."""
    found = []
    with tempfile.TemporaryDirectory(prefix="growth-speed-") as folder:
        for patients in sizes:
            found.append(measure(patients, Path(folder)))
            print(f"{patients:,} patients measured", flush=True)
    print(f"\n{table_of(found)}\n")
    print(f"limits: full {FULL_LIMIT}, delivery {DELIVERY_LIMIT}, quiet night {QUIET_LIMIT_SECONDS} s, "
          f"memory {MEMORY_LIMIT_MB:,} MB")  # fmt: skip
    print(f"\nFull refresh of {sizes[-1]:,} patients:\n\n{steps_of(found[-1].full)}")
    print(f"\nDelivery into {sizes[-1]:,} patients:\n\n{steps_of(found[-1].delivery)}")
    if picture:
        draw(found, picture)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--patients", type=int, nargs="+", default=[10_000, 100_000, 1_000_000], help="sizes, ascending"
    )
    parser.add_argument("--picture", type=Path, help="where to draw, e.g. docs/pictures/growth.svg")
    options = parser.parse_args()
    main(options.patients, options.picture)
