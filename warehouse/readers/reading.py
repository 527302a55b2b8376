"""Says how a file is read where its site has said more than its name does."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reading:
    """How to read a file. `delimiter` None: found from the header. `sheet` None: the first visible one with cells.

    `encoding` is a name that Python's codecs know, for CSV and for old files of statistics packages that state none;
    `delimiter` is for CSV only, `sheet` for workbooks only: a site's files may have several formats. `header_row`
    counts from 1, in a CSV the lines of the file (but for Excel's `sep=;`), in a workbook the rows of the sheet; 1 is
    the first row with cells. A format whose columns have names of their own has no header row. What is above the header
    is not data: the first row below it is line 1.
    """

    encoding: str = "utf-8"
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int = 1


AS_USUAL = Reading()
"""How a file is read of whose site nothing is said."""
