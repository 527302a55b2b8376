"""Footnotes of a table from which lines or columns were removed: only those still in use, relettered from a."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analysis.report.arranging.printed_estimates import column_spans, mark_of
from analysis.report.blocks import Cell, Column, DataTable, Footnotes, Row


def remarks(cells: Sequence[Cell | str], table: DataTable) -> list[str]:
    """Return the text of the footnotes that these cells of the table carry, each once."""
    by_letter = dict(table.footnotes)
    letters = [letter for cell in cells for letter in mark_of(cell).split(",") if letter]
    return list(dict.fromkeys(by_letter[letter] for letter in letters if letter in by_letter))


def with_rows(table: DataTable, rows: Sequence[Row], notes: Sequence[str] = ()) -> DataTable:
    """Return the table with only these of its rows, and further notes; headings without lines are removed."""
    kept = [
        row
        for place, row in enumerate(rows)
        if not row.is_group or (place + 1 < len(rows) and not rows[place + 1].is_group)
    ]
    return _relettered(replace(table, rows=kept, notes=[*table.notes, *notes]))


def without_column(table: DataTable, place: int, note: str) -> DataTable:
    """Return the table without a column; its cells' footnotes move to the next column."""
    rows = [row if row.is_group else row._replace(cells=_without(row.cells, place)) for row in table.rows]
    columns: list[Column] = [column for at, column in enumerate(table.columns) if at != place]
    above = [label for at, label in enumerate(column_spans(table)) if at != place]
    spans: list[tuple[str, int]] = []
    for label in above if table.spans else []:
        if spans and spans[-1][0] == label:
            spans[-1] = (label, spans[-1][1] + 1)
        else:
            spans.append((label, 1))
    return with_rows(replace(table, columns=columns, spans=spans), rows, [note])


def _without(cells: Sequence[Cell | str], place: int) -> list[Cell | str]:
    kept, mark = [cell for at, cell in enumerate(cells) if at != place], mark_of(cells[place])
    if mark and kept:
        heir = min(place, len(kept) - 1)
        cell = kept[heir]
        letters = list(dict.fromkeys([*mark_of(cell).split(","), *mark.split(",")]))
        text, tone = (cell, "") if isinstance(cell, str) else (cell.text, cell.tone)
        kept[heir] = Cell(text, ",".join(letter for letter in letters if letter), tone)
    return kept


def _relettered(table: DataTable) -> DataTable:
    by_letter, used = dict(table.footnotes), Footnotes()

    def lettered(cell: Cell | str) -> Cell | str:
        if isinstance(cell, str) or not cell.mark:
            return cell
        letters = [used.letter(by_letter[old]) for old in cell.mark.split(",") if old in by_letter]
        return cell._replace(mark=",".join(letters))

    rows = [row._replace(cells=[lettered(cell) for cell in row.cells]) for row in table.rows]
    return replace(table, rows=rows, footnotes=used.items())
