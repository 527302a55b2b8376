"""Tests that files stay small, say what they are for, and are packaged by name."""

import ast
import tomllib
from statistics import median

import pytest

from schemas import published_files
from tests.structure.checkout import ROOMS, ROOT, files, name_of, tree_of

LONGEST_LINES = 350
MEDIAN_LINES = 120


def _lines(path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_file_is_long() -> None:
    """No Python or SQL file has more than 350 lines."""
    assert {name_of(p): _lines(p) for p in files(".py", ".sql") if _lines(p) > LONGEST_LINES} == {}


@pytest.mark.parametrize("ending", [".py", ".sql"])
def test_the_usual_file_is_short(ending: str) -> None:
    """Half of the rooms' files have at most 120 lines, package markers not counted."""
    counted = [_lines(p) for room in ROOMS for p in _of(room, ending) if p.name != "__init__.py"]
    assert median(counted) <= MEDIAN_LINES


def _of(room: str, ending: str) -> list:
    return [p for p in files(below=room) if p.suffix == ending]


def test_every_module_says_what_it_is_for() -> None:
    """Every module opens with a docstring."""
    assert [name_of(p) for p in files(".py") if not ast.get_docstring(tree_of(p))] == []


def test_every_test_is_a_claim() -> None:
    """Every test function's docstring says what it claims."""
    silent = [
        f"{name_of(path)}: {node.name}"
        for path in files(".py", below="tests")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert silent == []


def test_packages_are_listed_by_name() -> None:
    """pyproject.toml lists every package folder of the rooms, the examples that the code reads, and no other."""
    listed = _pyproject()["tool"]["setuptools"]["packages"]
    folders = {p.parent for room in ROOMS for p in files(".py", below=room)}
    names = [folder.relative_to(ROOT).as_posix() for folder in folders] + [published_files.FOLDER]
    assert sorted(listed) == sorted(name.replace("/", ".") for name in names)
    assert [name_of(f) for f in folders if not (f / "__init__.py").exists()] == []


def test_package_data_covers_every_other_file() -> None:
    """What is no Python file in a room (SQL, templates, tables) is named as package data."""
    data = _pyproject()["tool"]["setuptools"]["package-data"]
    covered = {p for package, globs in data.items() for g in globs for p in (ROOT / package.replace(".", "/")).glob(g)}
    others = {p for room in ROOMS for p in files(below=room) if p.suffix not in (".py", ".pyc")}
    assert sorted(name_of(p) for p in others - covered) == []


def test_tests_are_packages() -> None:
    """Every folder of tests is a package, so that two test files may share a name."""
    assert [name_of(p.parent) for p in files(".py", below="tests") if not (p.parent / "__init__.py").exists()] == []


def test_the_type_checker_reads_every_room() -> None:
    """mypy reads the whole of each package that is installed, and the tools; of examples, which are notebooks, none."""
    installed = {name.partition(".")[0] for name in _pyproject()["tool"]["setuptools"]["packages"]}
    assert set(_pyproject()["tool"]["mypy"]["packages"]) == installed - {"examples"} | {"tools"}


def _pyproject() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
