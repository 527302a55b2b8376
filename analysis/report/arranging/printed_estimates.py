"""Find the estimates that a block prints: intervals in its cells, or in the text alternative of its drawing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape

from analysis.report.blocks import Cell, DataTable, FigureBlock, Row

_INTERVAL = re.compile(r"[+\u2212]?\d[\d.,]*\s*\([^()]*\d[^()]*(?:\u2013| to )[^()]*\)")
_ALTERNATIVE = re.compile(r'aria-label="([^"]*)"')


def text_of(cell: Cell | str) -> str:
    """Return a cell's words without its footnotes."""
    return cell if isinstance(cell, str) else cell.text


def mark_of(cell: Cell | str) -> str:
    """Return the letters of a cell's footnotes, 'a,c'."""
    return "" if isinstance(cell, str) else cell.mark


def intervals(text: str) -> frozenset[str]:
    """Return the estimates with an interval in a text.

    >>> sorted(intervals("KRAS mutant 4.39 (1.58\u201312.2); NRAS mutant \u2013"))
    ['4.39 (1.58\u201312.2)']
    """
    return frozenset(" ".join(found.split()) for found in _INTERVAL.findall(text))


def of_cells(cells: Sequence[Cell | str]) -> frozenset[str]:
    """Return the estimates with an interval in these cells."""
    return frozenset().union(*(intervals(text_of(cell)) for cell in cells))


def of_row(row: Row) -> frozenset[str]:
    """Return those of a line; none for a heading across all columns, which holds no figures."""
    return frozenset() if row.is_group else of_cells(row.cells)


def of_figure(block: FigureBlock) -> frozenset[str]:
    """Return those that a drawing prints, read from its text alternative."""
    found = _ALTERNATIVE.search(block.svg)
    return intervals(unescape(found[1])) if found else frozenset()


def column_spans(table: DataTable) -> list[str]:
    """Return for each column the label above it in the upper header line; '' if there is none."""
    above = [label for label, width in table.spans for _ in range(width)]
    return above or [""] * len(table.columns)
