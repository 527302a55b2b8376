"""Tests which room may import which, read from the source."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.structure.checkout import ROOMS, ROOT, files, imported, imported_at_once, name_of, tree_of

MAY_USE = {
    "schemas": set(),
    "languages": {"schemas"},
    "warehouse": {"schemas", "languages"},
    "analysis": {"schemas", "languages"},
    "disclosure": {"schemas", "analysis"},
    "synthetic": {"schemas"},
    "workflows": {"schemas", "languages", "warehouse", "analysis", "disclosure"},
    "explore": {"schemas", "warehouse", "analysis", "workflows"},
    "ablation_registry": {"schemas", "warehouse", "analysis", "workflows"},
    "interchange": {"schemas", "warehouse", "workflows"},
    "assets": {"schemas", "warehouse", "analysis", "workflows"},
    "orchestration": {
        *("schemas", "languages", "warehouse", "analysis", "synthetic", "workflows", "explore", "interchange"),
        "assets",
    },
}
NEVER = {
    "schemas": {"dagster", "duckdb"},
    "warehouse": {"dagster"},
    "analysis": {"dagster", "duckdb"},
    "disclosure": {"dagster", "duckdb"},
    "synthetic": {"dagster"},
    "explore": {"dagster"},
    "ablation_registry": {"dagster", "great_expectations"},
    "interchange": {"dagster", "great_expectations"},
}
OUTSIDE = {"tests", "benchmarks", "tools"}
HEAVY = {"great_expectations", "lifelines", "surpyval", "sksurv", "statsmodels", "matplotlib", "tableone", "babel"}
"""Imports of a second and more, or that few need, so that they happen inside the function that needs them."""


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_use_only_rooms_below(room: str) -> None:
    """schemas <- languages <- warehouse <- workflows <- ablation_registry, explore, interchange and assets <-
    orchestration; languages <- analysis <- disclosure <- workflows; synthetic uses schemas at most.
    """
    forbidden = (set(ROOMS) | OUTSIDE) - MAY_USE[room] - {room}
    assert _offences(room, forbidden) == {}


@pytest.mark.parametrize("room", NEVER)
def test_rooms_keep_to_their_libraries(room: str) -> None:
    """Only assets and orchestration know Dagster; schemas and analysis do not know DuckDB."""
    assert _offences(room, NEVER[room]) == {}


@pytest.mark.parametrize("room", ROOMS)
def test_what_is_imported_is_there(room: str) -> None:
    """Each name that a module takes from another of ours, inside functions too, is defined there."""
    lacking = {
        (name_of(path), f"{node.module}.{alias.name}")
        for path in files(".py", below=room)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in ROOMS
        for alias in node.names
        if not _is_there(node.module, alias.name)
    }
    assert lacking == set()


def _is_there(module: str, name: str) -> bool:
    place = ROOT.joinpath(*module.split("."))
    if (place / name).is_dir() or (place / f"{name}.py").is_file():
        return True
    file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    return file.is_file() and name in _defined(file)


@cache
def _defined(file: Path) -> frozenset[str]:
    """The names that a module's own statements define or import, functions' insides left out."""
    found: set[str] = set()
    waiting = list(tree_of(file).body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
        found |= {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
        waiting += [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]
    return frozenset(found)


@pytest.mark.parametrize("room", ROOMS)
def test_heavy_libraries_wait(room: str) -> None:
    """Importing a module imports none of the heavy libraries."""
    found = {name_of(p): sorted(imported_at_once(p) & HEAVY) for p in files(".py", below=room)}
    assert {name: heavy for name, heavy in found.items() if heavy} == {}


@pytest.mark.parametrize("room", ROOMS)
def test_no_module_bears_a_library_name(room: str) -> None:
    """A module named like a library would hide what it is about."""
    used = set().union(*(imported(p) for p in files(".py", below=room))) - set(ROOMS)
    assert [name_of(p) for p in files(".py", below=room) if p.stem in used] == []


def _offences(room: str, forbidden: set[str]) -> dict[str, list[str]]:
    found: dict[Path, set[str]] = {p: imported(p) & forbidden for p in files(".py", below=room)}
    return {name_of(p): sorted(names) for p, names in found.items() if names}
