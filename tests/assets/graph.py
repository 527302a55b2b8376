"""Draws the asset graph as text: `python -m tests.assets.graph` writes graph.txt, with which the test compares.

A person reviews every change of graph.txt.
"""

from __future__ import annotations

from pathlib import Path

from assets.ui.table_metadata import GROUPS, HOLDS, MADE

FILE = Path(__file__).with_name("graph.txt")


def draw() -> str:
    """Group by group, each asset with what it holds and when it is recomputed, followed by what it is made from."""
    from orchestration.definitions import build_definitions

    graph = build_definitions().resolve_asset_graph()
    lines = []
    for group in GROUPS:
        lines.append(f"[{group}]")
        for node in sorted((n for n in graph.asset_nodes if n.group_name == group), key=lambda n: n.key):
            kinds = ", ".join(sorted(node.kinds))
            lines.append(f"{node.key.to_user_string()}  ({node.tags[HOLDS]}, {node.tags[MADE]}; {kinds})")
            lines += [f"    <- {parent.to_user_string()}" for parent in sorted(node.parent_keys)]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    FILE.write_text(draw(), encoding="utf-8")
