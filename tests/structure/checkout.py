"""Reads the checkout for tests: its rooms, its files, and what each module imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = (
    *("schemas", "languages", "warehouse", "analysis", "disclosure", "synthetic", "workflows", "ablation_registry"),
    *("explore", "interchange", "assets", "orchestration"),
)
NOT_OURS = {"__pycache__", "registry-home", "build", "dist"}


def files(*endings: str, below: str = "") -> list[Path]:
    """The checkout's own files with one of the endings (all without any), data and caches left out."""
    found = sorted(path for path in _walk(ROOT / below) if not endings or path.suffix in endings)
    assert found, f"nothing below {below or 'the checkout'} ends with {endings}"
    return found


def _walk(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.is_file():
            yield entry
        elif _is_ours(entry):
            yield from _walk(entry)


def _is_ours(folder: Path) -> bool:
    hidden = folder.name.startswith(".") and folder.name != ".ci"
    return not (hidden or folder.name in NOT_OURS or folder.name.endswith(".egg-info"))


def name_of(path: Path) -> str:
    """The path as the checkout names it."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    """The module's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=name_of(path))


def imported(path: Path) -> set[str]:
    """Top-level packages that the module imports anywhere, in functions too."""
    return set(_imports(ast.walk(tree_of(path))))


def imported_at_once(path: Path) -> set[str]:
    """Top-level packages that importing the module imports: not those inside functions or for type checkers only."""
    return set(_imports(_run_at_import(tree_of(path))))


def _imports(nodes: Iterator[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]


def _run_at_import(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _run_at_import(child)
