"""Writes the generated pages of docs/: `python -m tests.docs.render`.

docs/endpoints.md is made from the spec cases (tests/spec/render.py).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.docs import commands_page, exports_page, map_page, rules_page, tables_page

DOCS = Path(__file__).parents[2] / "docs"
PAGES: dict[str, Callable[[], str]] = {
    "exports.md": exports_page.render,
    "tables.md": tables_page.render,
    "rules.md": rules_page.render,
    "commands.md": commands_page.render,
    "sources/map.md": map_page.render,
}

if __name__ == "__main__":
    for name, render in PAGES.items():
        (DOCS / name).parent.mkdir(exist_ok=True)
        (DOCS / name).write_text(render(), encoding="utf-8")
