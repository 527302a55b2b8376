"""What a reader can take from a page: each table as CSV, each drawing as SVG and PNG.

Here: where the files stand, relative to the page, and a table as CSV inside the link where it has no file. Not here:
writing the files (workflows/paper_files.py).
"""

from __future__ import annotations

import base64
import csv
import io
from typing import NamedTuple

from analysis.report.arranging.printed_estimates import column_spans, text_of
from analysis.report.blocks import DataTable, FigureBlock


class Download(NamedTuple):
    """A link: its words, where it leads, and the name under which a browser keeps what stands in the link itself."""

    text: str
    address: str
    file: str = ""


def table_address(source: str) -> str:
    """Where the file of an analysis table is; '' for a table without one."""
    return f"tables/{source}.csv" if source else ""


def of_table(table: DataTable) -> list[Download]:
    """The file with every row of the table's analysis, else the table as it is printed."""
    if table.source:
        return [Download("CSV, all rows", table_address(table.source))]
    encoded = base64.b64encode(as_csv(table).encode()).decode()
    name = table.number.lower().replace(" ", "-")
    return [Download("CSV", f"data:text/csv;charset=utf-8;base64,{encoded}", f"{name}.csv")]


def of_figure(block: FigureBlock) -> list[Download]:
    """The drawing's two files; none where nothing is drawn."""
    if not block.svg:
        return []
    return [Download(ending.upper(), f"figures/{block.name}.{ending}") for ending in ("svg", "png")]


def as_csv(table: DataTable) -> str:
    """The table as it is printed: one line per row, the heading of a group before each of its rows."""
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
