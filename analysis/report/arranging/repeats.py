"""Show nothing twice on a page: what an earlier table or figure shows is referred to instead.

A line is a repeat if all its estimates with intervals (two or more) are in one line of an earlier table; a column, if
all of them are in one drawing of the same section; a line or column of a group that holds everybody, if it equals that
of "All"; a drawing, if every curve is one of an earlier drawing. Single numbers may be equal by chance and are left
alone.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace

from analysis.report.arranging.downloads import table_address
from analysis.report.arranging.everybody import without_everybody
from analysis.report.arranging.footnotes import with_rows, without_column
from analysis.report.arranging.printed_estimates import of_cells, of_figure, of_row, text_of
from analysis.report.blocks import Block, Command, DataTable, FigureBlock, FigureGrid, Link, Paragraph, Row, Section

FEWEST = 2
"""How many estimates with intervals must agree before a line, column or table counts as a repeat."""
MOST_NAMED = 6


@dataclass
class Shown:
    """What the page has shown so far: lines of tables and curves of drawings, each with the number to refer to."""

    lines: list[tuple[frozenset[str], str]] = field(default_factory=list)
    curves: list[tuple[frozenset[Hashable], str]] = field(default_factory=list)

    def table_with(self, row: Row) -> str:
        """Return the earlier table that has this line's estimates in one line; '' if none has."""
        own = of_row(row)
        return next((number for line, number in self.lines if own <= line), "") if len(own) >= FEWEST else ""

    def figure_with(self, curves: frozenset[Hashable]) -> str:
        """Return the earlier figure that draws all these curves; '' if none does."""
        return next((number for drawn, number in self.curves if curves <= drawn), "") if curves else ""


def without_repeats(sections: Sequence[Section]) -> list[Section]:
    """Return the sections in order, each block without what an earlier one shows."""
    shown = Shown()
    return [replace(section, blocks=_section(section.blocks, shown)) for section in sections]


def _section(blocks: Sequence[Block], shown: Shown) -> list[Block]:
    kept: list[Block] = []
    drawn: list[FigureBlock] = []
    for block in blocks:
        if isinstance(block, FigureGrid | FigureBlock):
            found = block.figures if isinstance(block, FigureGrid) else [block]
            own, again = _figures(found, shown)
            drawn += own
            if own:
                kept.append(replace(block, figures=own) if isinstance(block, FigureGrid) else block)
            kept += again
        elif isinstance(block, DataTable):
            kept += _table(block, drawn, shown)
        else:
            kept.append(block)
    return kept


def _figures(figures: Sequence[FigureBlock], shown: Shown) -> tuple[list[FigureBlock], list[Block]]:
    """Return the figures that show something new, and a sentence on the others for each figure that they repeat."""
    own: list[FigureBlock] = []
    again: dict[str, list[str]] = {}
    for figure in figures:
        if number := shown.figure_with(figure.curves):
            again.setdefault(number, []).append(figure.caption.rstrip("."))
        else:
            own.append(figure)
            shown.curves.append((figure.curves, figure.number))
    said = [
        f"Not drawn again, as the curves are those of {number}: {'; '.join(names)}." for number, names in again.items()
    ]
    return own, [Paragraph(sentence) for sentence in said]


def _table(table: DataTable, drawn: Sequence[FigureBlock], shown: Shown) -> list[Block]:
    table = without_everybody(table)
    for figure in drawn:
        printed = of_figure(figure)
        for place in reversed(range(1, len(table.columns))):
            own = of_cells([row.cells[place] for row in table.rows if not row.is_group])
            if len(own) < FEWEST or not own <= printed:
                continue
            if own == frozenset().union(*map(of_row, table.rows)):
                return _elsewhere(table, figure.number)
            label = table.columns[place].label
            table = without_column(table, place, f"{label} of all terms together: {figure.number}.")
    repeated = [(row, number) for row in table.rows if not row.is_group and (number := shown.table_with(row))]
    if repeated:
        numbers = " and ".join(dict.fromkeys(number for _, number in repeated))
        gone = {id(row) for row, _ in repeated}
        rows = [row for row in table.rows if id(row) not in gone]
        if all(row.is_group for row in rows):
            return _elsewhere(table, numbers)
        table = with_rows(table, rows, [_named([row for row, _ in repeated], numbers)])
    shown.lines += [(own, table.number) for row in table.rows if (own := of_row(row))]
    return [table]


def _named(rows: Sequence[Row], numbers: str) -> str:
    names = list(dict.fromkeys(text_of(row.cells[0]).strip() for row in rows))
    if len(names) > MOST_NAMED:
        return f"{len(rows)} lines are not repeated here; see {numbers}."
    return f"Not repeated here, see {numbers}: {'; '.join(names)}."


def _elsewhere(table: DataTable, numbers: str) -> list[Block]:
    sentence = f"{table.caption.rstrip('.')}: these estimates are in {numbers} and not repeated here."
    said: list[Block] = [Paragraph(sentence)]
    if table.command:
        said.append(Command(table.command, "Print all rows as CSV:"))
    elif address := table_address(table):
        said.append(Link("All rows as a file (CSV).", address))
    return said
