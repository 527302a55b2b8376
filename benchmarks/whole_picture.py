"""Draws what whole_command.py measured, as the registry grows."""

from __future__ import annotations

from pathlib import Path

from benchmarks.whole_tables import Measured

LINES = (
    ("everything", "registry refresh, everything", "#C4500A", "o-"),
    ("core", "without analyses and report", "#C4500A", "o:"),
    ("dbt", "dbt build", "#7A5195", "D--"),
    ("plain", "plain DuckDB script", "#0072B2", "s--"),
    ("pandas", "plain pandas: LTP, LTPFS, Kaplan-Meier only", "#595959", "v--"),
    ("everything, delivery", "delivery of 100 patients, everything", "#00795A", "^-"),
    ("dbt, delivery", "delivery, dbt build", "#00795A", "^:"),
)


def draw(found: list[Measured], path: Path) -> None:
    """Draw processor seconds against size on logarithmic axes, where growth in proportion is a line of slope one."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "growth"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6.4, 4.6), layout="constrained")
    for run, label, colour, dash in LINES:
        points = [(m.patients, m.costs[run].processor_seconds) for m in found if run in m.costs]
        if points:
            axes.loglog(*zip(*points, strict=True), dash, color=colour, label=label)
    sizes, first = [m.patients for m in found], found[0].costs["everything"].processor_seconds
    axes.loglog(sizes, [first * n / sizes[0] for n in sizes], color="#d9d9d9", zorder=0, label="in proportion")
    axes.set_xlabel("Patients")
    axes.set_ylabel("Processor seconds of the whole command")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    axes.set_title(f"Whole commands, {sizes[0]:,} to {sizes[-1]:,} patients", fontsize=9)
    figure.savefig(path, metadata={"Date": None})
