"""Tests that what several modules need is written in one of them and called by the others."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.structure.checkout import ROOMS, files, name_of, tree_of

DURABLE = {"fsync", "fdatasync", "replace", "rename", "renames", "link"}
MAY_RENAME = {
    "warehouse/storage/durable_files.py": DURABLE,
    "workflows/paper_files.py": {"rename"},  # a person's own folder, which the command can write again
}
"""Module -> the functions of `os` that it may call to have a file on disk, or under another name."""


@pytest.mark.parametrize("room", ROOMS)
def test_files_are_made_durable_in_one_module(room: str) -> None:
    """Only storage/durable_files.py syncs files and renames them over others, so that no step forgets the folder."""
    used = {
        name: calls - MAY_RENAME.get(name, set())
        for path in files(".py", below=room)
        if (calls := set(_of_os(path)) & DURABLE) and (name := name_of(path))
    }
    assert {name: calls for name, calls in used.items() if calls} == {}


def test_the_name_of_a_site_is_declared_once() -> None:
    """One pattern says which folders of landing/ are sites, and so which names an exception or an erasure may give."""
    pattern = "[a-z0-9_-]+"
    found = [name_of(path) for room in ROOMS for path in files(".py", below=room) if pattern in _texts(path)]
    assert found == ["warehouse/storage/home.py"]


def _of_os(path: Path) -> Iterator[str]:
    """Functions of `os` that the module names."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
            yield node.attr
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from (alias.name for alias in node.names)


def _texts(path: Path) -> set[str]:
    return {n.value for n in ast.walk(tree_of(path)) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
