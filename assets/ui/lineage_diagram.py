"""Draws the column lineage of an endpoint for the asset's description: exports' columns left, the endpoint's right.

The lineage itself is in warehouse/lineage/column_lineage.py. Export, raw and clean columns of the same name share one
line of a box.
"""

import base64
from collections.abc import Iterable
from html import escape

from schemas.exports import EXPORTS
from warehouse.lineage.column_lineage import EXPORT, direct_sources

SHOWN = {
    "derived.lesion_ltp": ("ltp", "ltpfs_days"),
    "derived.patient_genotype": ("kras", "nras", "braf"),
    "derived.patient_ltpfs": ("ltp", "ltpfs_days", "kras", "diameter_ge_30"),
    "derived.time_to_event": ("event", "days"),
}
"""Table -> the columns whose lineage the asset's page shows."""
WIDTH, GAP, LINE, HEAD, SPACE, MARGIN = 186, 46, 16, 22, 10, 3
ROOM = (790, 225)
"""Width and height that the page leaves for a description, in px; larger pictures are scaled down."""
INK, SOFT, FILL, EDGE = "#1a1a1a", "#595959", "#f4f6fa", "#5b6fb5"

Pair = tuple[str, str]


def picture(table: str) -> str:
    """The lineage of the table's columns in SHOWN, as Markdown with an embedded picture."""
    data = base64.b64encode(svg(table, SHOWN[table]).encode()).decode()
    return f"![Column lineage of {table}: {', '.join(SHOWN[table])}](data:image/svg+xml;base64,{data})"


def svg(table: str, columns: Iterable[str]) -> str:
    """SVG of boxes for tables with their columns, and a line from each column to those made from it."""
    edges = _edges([(table, column) for column in columns])
    nodes = sorted({pair for edge in edges for pair in edge})
    boxes = {name: sorted(column for t, column in nodes if t == name) for name, _ in nodes}
    ranks = _ranks(boxes, edges)
    heights = {name: HEAD + LINE * len(boxes[name]) + 4 for name in boxes}
    by_rank = {rank: [name for name in boxes if ranks[name] == rank] for rank in sorted(set(ranks.values()))}
    full = {rank: sum(heights[n] + SPACE for n in names) - SPACE for rank, names in by_rank.items()}
    height, width = max(full.values()) + 2 * MARGIN, len(by_rank) * (WIDTH + GAP) - GAP + 2 * MARGIN
    corner: dict[str, tuple[float, float]] = {}
    for rank, names in by_rank.items():
        y = (height - full[rank]) / 2
        for name in names:
            corner[name] = (MARGIN + rank * (WIDTH + GAP), y)
            y += heights[name] + SPACE
    scale = min(1, ROOM[0] / width, ROOM[1] / height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height:g}" width="{width * scale:.0f}" '
        f'height="{height * scale:.0f}" font-family="monospace" font-size="10.5">'
        f"{''.join(_line(*edge, corner, boxes) for edge in edges)}"
        f"{''.join(_box(name, boxes[name], corner[name], heights[name]) for name in boxes)}</svg>"
    )


def _at_home(pair: Pair) -> Pair:
    """Move a raw or clean column that is the export's own into the export's box."""
    (schema, name), column = pair[0].split("."), pair[1]
    is_own = schema in ("raw", "clean") and name in EXPORTS and column in EXPORTS[name].column_names
    return (f"{EXPORT}.{name}", column) if is_own else pair


def _edges(ends: list[Pair]) -> list[tuple[Pair, Pair]]:
    """(source, target) column pairs upstream of `ends`."""
    edges: dict[tuple[Pair, Pair], None] = {}
    waiting, seen = list(ends), set(ends)
    while waiting:
        target = waiting.pop()
        for source in direct_sources(target[0]).get(target[1], ()):
            origin = _at_home(source)
            edges[origin, target] = None
            if origin not in seen and not origin[0].startswith(EXPORT):
                seen.add(origin)
                waiting.append(origin)
    return sorted(edges)


def _ranks(boxes: dict[str, list[str]], edges: list[tuple[Pair, Pair]]) -> dict[str, int]:
    """Table -> how many tables are to its left: 0 for an export, else one more than the furthest of its sources."""
    ranks = dict.fromkeys(boxes, 0)
    for _ in boxes:  # as often as the longest possible path
        for (source, _), (target, _) in edges:
            ranks[target] = max(ranks[target], ranks[source] + 1)
    return ranks


def _line(source: Pair, target: Pair, corner: dict, boxes: dict) -> str:
    (x1, y1), (x2, y2) = _side(source, corner, boxes, WIDTH), _side(target, corner, boxes, 0)
    middle = (x1 + x2) / 2
    return (
        f'<path d="M{x1:g} {y1:g}C{middle:g} {y1:g} {middle:g} {y2:g} {x2:g} {y2:g}" fill="none" stroke="{EDGE}" '
        'stroke-width="1" stroke-opacity="0.55"/>'
    )


def _side(pair: Pair, corner: dict, boxes: dict, dx: int) -> tuple[float, float]:
    x, y = corner[pair[0]]
    return x + dx, y + HEAD + LINE * (boxes[pair[0]].index(pair[1]) + 0.5)


def _box(name: str, columns: list[str], corner: tuple[float, float], height: float) -> str:
    x, y = corner
    schema, table = name.split(".")
    layer = "export to clean" if schema == EXPORT else schema
    title = f"{table} <tspan fill='{SOFT}' font-weight='normal'>{layer}</tspan>"
    words = "".join(
        f'<text x="{x + 9:g}" y="{y + HEAD + LINE * place + 11:g}" fill="{INK}">{escape(column)}</text>'
        for place, column in enumerate(columns)
    )
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{WIDTH}" height="{height:g}" rx="4" fill="{FILL}" stroke="#c9cfdd"/>'
        f'<text x="{x + 9:g}" y="{y + 15:g}" fill="{INK}" font-weight="bold" font-family="sans-serif">{title}</text>'
        + words
    )
