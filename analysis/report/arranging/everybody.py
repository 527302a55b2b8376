"""Leave out a group that holds everybody beside "All": in a wild-type cohort, wild-type would repeat it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from analysis.report.arranging.footnotes import with_rows, without_column
from analysis.report.arranging.printed_estimates import text_of
from analysis.report.blocks import Cell, DataTable, Row

ALL = re.compile(r"All(?:$|[:,]| \()")
"""The beginning of a line, heading or column for all: 'All', 'All: LTP', 'All (120 patients)', 'All, n = 120'."""
MISSING = ("", "\u2013")


def without_everybody(table: DataTable) -> DataTable:
    """Return the table without lines, groups of lines and columns that repeat those of "All"; a note names them."""
    for place in reversed(range(2, len(table.columns))):
        is_same = [row.cells[place] == row.cells[1] for row in table.rows if not row.is_group]
        if ALL.match(table.columns[1].label) and is_same and all(is_same):
            table = without_column(table, place, f"{table.columns[place].label}: the same as all.")
    rows, named = _lines(table.rows)
    rows, headings = _groups(rows)
    named += headings
    if not named:
        return table
    return with_rows(table, rows, [f"The same as all, because every subject is: {', '.join(dict.fromkeys(named))}."])


def _lines(rows: Sequence[Row]) -> tuple[list[Row], list[str]]:
    """Return the lines without those that repeat an "All" line of their group, and the names of those left out."""
    kept: list[Row] = []
    named: list[str] = []
    whole: list[list[str]] = []
    for row in rows:
        if row.is_group:
            whole = []
        elif ALL.match(_name(row)):
            whole.append(_known(row.cells[1:]))
        elif (own := _known(row.cells[1:])) and len(own) > 1 and any(_is_within(own, one) for one in whole):
            if _name(row).split(":")[-1].strip() in ("LTP", "death"):
                named.append(_name(row).rsplit(":", 1)[0])
            else:
                named.append(_name(row))
            continue
        kept.append(row)
    return kept, named


def _groups(rows: Sequence[Row]) -> tuple[list[Row], list[str]]:
    """Return the lines without groups that repeat, line by line, a group headed "All", and the names of these."""
    parts: list[list[Row]] = []
    for is_heading, own in groupby(rows, key=lambda row: row.is_group):
        if is_heading or not parts:
            parts += [[row] for row in own]
        else:
            parts[-1] += list(own)
    kept: list[Row] = []
    named: list[str] = []
    whole: list[list[str]] = []
    for part in parts:
        said = [[text_of(cell) for cell in row.cells] for row in part if not row.is_group]
        if said and part[0].is_group and said == whole:
            named.append(_name(part[0]).split(" (")[0])
            continue
        if part[0].is_group and ALL.match(_name(part[0])):
            whole = said
        kept += part
    return kept, named


def _name(row: Row) -> str:
    return text_of(row.cells[0])


def _known(cells: Sequence[Cell | str]) -> list[str]:
    return [text for cell in cells if (text := text_of(cell)) not in MISSING]


def _is_within(own: Sequence[str], whole: Sequence[str]) -> bool:
    """Return whether the other line begins with all that this line says."""
    return list(own) == list(whole)[: len(own)]
