"""Refuses a table whose first row repeats its header: as a row it would be a patient of the header's name."""

import csv
import re
from collections.abc import Iterator
from itertools import islice

from warehouse.storage.errors import DeliveryRejected

FEWEST = 2
"""A header with fewer names may occur as a cell."""
DATA = re.compile(r"^\W*\d[\d.,:/ -]*$|\d{3}|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
"""What occurs in cells of data but hardly in column names: numbers, dates, identifiers with three digits."""
LOOKED_AT = 20
"""Rows in which the first one that is not blank is looked for."""


def refuse_repeated(header: list[str], rows: Iterator[list[str]], header_row: int) -> None:
    """Raise DeliveryRejected if the first of `rows` below the header has the header's names; `rows` begin with it.

    `header_row` is the row of the header as delivered, from 1.
    """
    names = [name.strip() for name in header]
    if len([name for name in names if name]) < FEWEST or any(DATA.search(name) for name in names):
        return  # in the second case two equal rows of a table without a header
    try:
        below = next((row for row in islice(rows, 1, LOOKED_AT) if any(cell.strip() for cell in row)), [])
    except csv.Error:
        return  # what is wrong with the row is said when it is read
    if [cell.strip() for cell in below] == names:
        raise DeliveryRejected(
            "The row below the header repeats it.",
            f"Write header_row = {header_row + 1} for this source into site.toml.",
        )
