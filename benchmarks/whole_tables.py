"""Formats what whole_command.py measured as Markdown: figures, targets, steps, sizes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.process_tree import Cost


@dataclass
class Measured:
    """The figures for one size: costs and bytes of releases by name of the run, and a night without new files."""

    patients: int
    costs: dict[str, Cost] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    quiet: dict[str, float] = field(default_factory=dict)


RUNS = {
    "everything": "`registry refresh`, everything",
    "core": "the same without analyses and report (core)",
    "dbt": "`dbt build`",
    "plain": "plain DuckDB script",
    "pandas": "plain pandas with lifelines: LTP, LTPFS, Kaplan-Meier only",
    "everything, delivery": "delivery of 100 patients: `registry refresh`, everything",
    "core, delivery": "delivery: core",
    "dbt, delivery": "delivery: `dbt build`",
}


@dataclass(frozen=True)
class Target:
    """A figure with its limit, which holds at one size; `unit` is empty for a ratio."""

    name: str
    patients: int
    limit: float
    of: Callable[[Measured], float]
    unit: str = ""


def _ratio(run: str, of: str, what: str = "processor_seconds") -> Callable[[Measured], float]:
    return lambda measured: getattr(measured.costs[run], what) / getattr(measured.costs[of], what)


TARGETS = (
    Target("everything, of dbt build", 100_000, 1.3, _ratio("everything", "dbt")),
    Target("delivery with everything, of dbt's", 100_000, 1.5, _ratio("everything, delivery", "dbt, delivery")),
    Target("core, of the plain script", 1_000_000, 1.6, _ratio("core", "plain")),
    Target("the same, seconds", 1_000_000, 1.5, _ratio("core", "plain", "seconds")),
    Target("delivery, core, of its full refresh", 1_000_000, 0.02, _ratio("core, delivery", "core")),
    Target("delivery, everything, of its full refresh", 1_000_000, 0.05, _ratio("everything, delivery", "everything")),
    Target("peak memory of everything", 1_000_000, 2_500, lambda m: m.costs["everything"].peak_mb, "MB"),
    Target("a release adds after the delivery", 100_000, 40, lambda m: m.sizes["everything, delivery"] / 1e6, "MB"),
    Target("quiet night beyond imports", 1_000_000, 1.0, lambda m: m.quiet["seconds"], "s"),
)


def whole_table(found: list[Measured]) -> str:
    """Format costs and sizes, with one column for each number of patients."""
    lines = []
    for run, name in RUNS.items():
        costs = [m.costs.get(run) for m in found]
        if any(costs):
            lines.append((name, [_cost(cost) for cost in costs]))
    for run, name in RUNS.items():
        if any(run in m.sizes for m in found):
            lines.append((f"bytes that it adds to releases/: {name}", [f"{m.sizes[run] / 1e6:,.0f} MB" for m in found]))
    head = "| processor seconds (seconds, peak memory of all processes) |"
    return _table([head + "".join(f" {m.patients:,} |" for m in found)], lines, len(found))


def _cost(cost: Cost | None) -> str:
    return f"{cost.processor_seconds:.1f} ({cost.seconds:.1f} s, {cost.peak_mb:,.0f} MB)" if cost else "not measured"


def targets_table(found: list[Measured]) -> str:
    """Format the targets: every size is shown, and a limit is judged at the size for which it is set."""
    lines = []
    for target in TARGETS:
        cells = [_verdict(target, m) for m in found]
        lines.append((target.name, [f"{target.limit:,g} {target.unit}".strip(), f"{target.patients:,}", *cells]))
    head = "| target | limit | at |" + "".join(f" {m.patients:,} |" for m in found)
    return _table([head], lines, len(found) + 2)


def _verdict(target: Target, measured: Measured) -> str:
    try:
        value = target.of(measured)
    except KeyError:
        return "not measured"
    shown = f"{value:,.0f}" if value >= 100 else f"{value:.2g}" if value < 1 else f"{value:.2f}"
    if measured.patients != target.patients:
        return shown
    return shown if value <= target.limit else f"{shown}, **missed**"


def profile_table(full: dict, delivery: dict, least: float = 0.1) -> str:
    """Format processor seconds by step, of a full refresh and of a delivery; steps below `least` in both together."""
    runs = (full["steps"], delivery["steps"])
    pairs = {step: [run.get(step, 0.0) for run in runs] for step in {**runs[0], **runs[1]}}
    shown = {step: pair for step, pair in pairs.items() if max(pair) >= least}
    rest = [sum(pair[i] for step, pair in pairs.items() if step not in shown) for i in (0, 1)]
    rows = sorted(shown.items(), key=lambda item: -max(item[1]))
    rows += [("all others", rest), ("together", [sum(run.values()) for run in runs])]
    assets: dict[str, list[float]] = {}
    for step, pair in pairs.items():
        sums = assets.setdefault("imports" if "imports" in step else step.partition(":")[0], [0.0, 0.0])
        sums[:] = [a + b for a, b in zip(sums, pair, strict=True)]
    by_asset = sorted(((a, pair) for a, pair in assets.items() if max(pair) >= least), key=lambda item: -max(item[1]))
    tables = [
        _table([f"| {what} | full | delivery |"], [(name, [f"{s:.2f}" for s in pair]) for name, pair in lines], 2)
        for what, lines in (("asset, processor seconds", by_asset), ("asset: step", rows))
    ]
    return "\n\n".join(tables)


def nights_table(found: list[tuple[float, int]]) -> str:
    """Format seconds of each night's refresh and the size of all releases after it."""
    lines = [
        (str(night), [f"{seconds:.1f}", f"{size / 1e6:,.0f}", f"{(size - before) / 1e6:,.0f}"])
        for night, ((seconds, size), (_, before)) in enumerate(zip(found, [(0.0, 0), *found], strict=False))
    ]
    return _table(["| night | seconds | all releases, MB | added, MB |"], lines, 3)


def _table(head: list[str], lines: list[tuple[str, list[str]]], columns: int) -> str:
    rows = [f"| {name} | {' | '.join(cells)} |" for name, cells in lines]
    return "\n".join([*head, "|---|" + "---:|" * columns, *rows])
