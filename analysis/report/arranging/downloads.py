"""What a reader can download from a page: each table as CSV, each drawing as SVG and PNG."""

from __future__ import annotations

import base64
import csv
import io
from typing import NamedTuple

from analysis.report.arranging.printed_estimates import column_spans, text_of
from analysis.report.blocks import DataTable, FigureBlock


class Download(NamedTuple):
    """A link: its words, its address, and the file name under which a browser saves data held in the link itself."""

    text: str
    address: str
    file: str = ""


def table_address(table: DataTable) -> str:
    """Return where the file with every row of the analysis table is; '' for a table without one."""
    return f"tables/{table.source}.csv" if table.source and not table.command else ""


def of_table(table: DataTable) -> list[Download]:
    """Link the file with every row of the analysis table or, if there is none, the table as printed, in English."""
    if address := table_address(table):
        return [Download("CSV, all rows", address)]
    encoded = base64.b64encode(as_csv(table.english or table).encode()).decode()
    return [Download("CSV", f"data:text/csv;charset=utf-8;base64,{encoded}", f"{table.anchor}.csv")]


def of_figure(block: FigureBlock) -> list[Download]:
    """Link the drawing's two files; nothing if there is no drawing."""
    if not block.svg:
        return []
    return [Download(ending.upper(), f"figures/{block.name}.{ending}") for ending in ("svg", "png")]


def as_csv(table: DataTable) -> str:
    """Return the table as printed: one line per row, with the heading of its group in front."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    has_groups = any(row.is_group for row in table.rows)
    labels = [
        f"{above}: {column.label}" if above and column.label else above or column.label
        for column, above in zip(table.columns, column_spans(table), strict=True)
    ]
    writer.writerow([*(["Group"] if has_groups else []), *labels])
    group = ""
    for row in table.rows:
        cells = [text_of(cell).strip() for cell in row.cells]
        if row.is_group:
            group = cells[0]
        else:
            writer.writerow([*([group] if has_groups else []), *cells])
    return buffer.getvalue()
