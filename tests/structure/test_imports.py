"""Tests which room may import which, read from the source."""

from pathlib import Path

import pytest

from tests.structure.checkout import ROOMS, files, imported, imported_at_once, name_of

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
