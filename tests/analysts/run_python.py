"""Runs Python as a notebook does: blocks in order in one namespace, and what each prints and ends with."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Mapping
from contextlib import redirect_stdout
from typing import Any

import ablation_registry as ar

FENCE = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n.*?^```\n)?", re.M | re.S)
RELEASE = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
HASH = re.compile(r"\b[0-9a-f]{16,64}\b")


def run_block(source: str, names: dict[str, Any]) -> tuple[str, Any]:
    """Run one block and return what it prints, and the value of its last line if that is an expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed, value = io.StringIO(), None
    with redirect_stdout(printed):
        exec(compile(tree, "<block>", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<block>", "eval"), names)
    return printed.getvalue(), value


def run_page(text: str) -> str:
    """Return a page with what each block of Python shows below it; ids and hashes of the release are left out."""
    names: dict[str, Any] = {}

    def replaced(block: re.Match[str]) -> str:
        printed, value = run_block(block[1], names)
        shown = printed + (f"{value!r}\n" if value is not None else "")
        shown = HASH.sub("...", RELEASE.sub("20260131T020304Z-...", shown))
        lines = "".join(f"{line.rstrip()}\n" for line in shown.splitlines())
        return f"```python\n{block[1]}```\n" + (f"\n```text\n{lines}```\n" if lines else "")

    try:
        return FENCE.sub(replaced, text)
    finally:
        close_releases(names)


def close_releases(names: Mapping[str, Any]) -> None:
    """Close the releases that the blocks opened, for tests that look at the same file."""
    for value in names.values():
        release = getattr(value, "_release", value)  # of a cohort whose release has no name of its own
        if isinstance(release, ar.Release):
            release.close()
