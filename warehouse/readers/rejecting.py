"""Turns what DuckDB finds wrong with a file into a refusal that quotes no cell."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.faults import is_damage, is_no_room

NOT_THE_FILE = (
    duckdb.OutOfMemoryException,
    duckdb.InterruptException,
    duckdb.FatalException,
    duckdb.ParserException,
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.TransactionException,
    duckdb.ConstraintException,
)
"""Errors whose connection with the file is unclear: the file is tried again, alone (loading.py)."""


@contextmanager
def rejecting() -> Iterator[None]:
    """Turn DuckDB's errors about a file inside the block into DeliveryRejected, without the cells that they quote."""
    try:
        yield
    except NOT_THE_FILE:
        raise
    except duckdb.Error as error:
        if is_no_room(error) or is_damage(error):
            raise
        raise DeliveryRejected(_reason(error)) from None


def _reason(error: duckdb.Error) -> str:
    """Return why DuckDB could not read the file, without the cells that its message quotes."""
    text = str(error)
    line = re.search(r"CSV Error on Line: (\d+)", text)
    where = f" (near line {line[1]})" if line else ""
    if "maximum line size" in text.lower():
        return f"A line is too long to be read{where}; is a quote missing?"
    if "state machine" in text.lower():
        return "A quote is out of place, or the lines end in different ways."
    if "unterminated quote" in text.lower() or "value with unterminated" in text.lower():
        return f"A quoted cell is never closed{where}; is the file cut off?"
    if "expected number of columns" in text.lower() or "column" in text.lower():
        return f"A line does not have as many cells as the header{where}; is the file cut off?"
    if "unicode" in text.lower() or "utf" in text.lower():
        return f"The file is not encoded in UTF-8{where}."
    return f"The file cannot be read as a table{where}."
