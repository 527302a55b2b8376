"""Times `registry refresh` of the demonstration study, as a ratio to importing the libraries it needs.

The libraries it needs are the modules that the project's own code imports by name and that are loaded at the end of a
refresh; no list is kept by hand. Both run in fresh processes, in turns, so that a busy machine slows both.

Run from the checkout: `python -m benchmarks.import_speed`. The homes are made in a temporary folder and removed.
"""

from __future__ import annotations

import argparse
import ast
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.fresh_process import CHECKOUT, ratio_of_medians, registry, run_module, seconds_of
from warehouse.storage.home import Home

LIMIT = 2.0
ROOMS = ("schemas", "warehouse", "analysis", "assets", "orchestration")


def named_imports() -> Iterator[tuple[str, str]]:
    """Yield (module, name) for every import in the rooms; name is empty for a plain import."""
    for room in ROOMS:
        for path in (CHECKOUT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    yield from ((alias.name, "") for alias in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    yield from ((node.module, alias.name) for alias in node.names)


def needed(loaded: set[str]) -> list[str]:
    """Return the library modules in `loaded` that the rooms import themselves."""
    found = set()
    for module, name in named_imports():
        deepest = f"{module}.{name}" if f"{module}.{name}" in loaded else module
        if deepest in loaded and deepest.split(".")[0] not in (*ROOMS, *sys.stdlib_module_names):
            found.add(deepest)
    return sorted(found)


def list_modules(home: Path) -> None:
    """Refresh in this process and print the modules that are loaded at the end."""
    from orchestration.refresh import refresh

    assert refresh(Home(home)).release is not None
    print(json.dumps(sorted(sys.modules)))


def main(times: int) -> None:
    """Refresh and import `times` times each and print the ratio."""
    with tempfile.TemporaryDirectory(prefix="import-speed-") as folder:
        homes = [Path(folder) / str(k) for k in range(times + 1)]
        for home in homes:
            seconds_of([*registry(), "demo", "--home", home])
        modules = needed(set(run_module("benchmarks.import_speed", "--list", homes.pop())))
        print(f"import {', '.join(modules)}")
        imports, refreshes = [], []
        for home in homes:
            imports.append(seconds_of([sys.executable, "-c", f"import {', '.join(modules)}"]))
            refreshes.append(seconds_of([*registry(), "refresh", "--home", home]))
    print(f"imports {median(imports):.2f} s, refresh {median(refreshes):.2f} s")
    print(f"ratio of the medians {ratio_of_medians(refreshes, imports):.2f} (limit {LIMIT})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=5, help="how often to run each, e.g. 5")
    parser.add_argument("--list", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.list:
        list_modules(options.list)
    else:
        main(options.times)
