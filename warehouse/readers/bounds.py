"""Limits the columns, names and cells of one delivery, so that one file cannot stop everybody's refresh."""

from collections.abc import Sequence

import duckdb

from warehouse.readers import size_limits
from warehouse.storage.errors import DeliveryRejected

MAX_COLUMNS = 2_000
"""A wide REDCap or Castor export has several hundred; DuckDB plans 2,000 within a second, 20,000 not within minutes."""
MAX_NAME_CHARS = 2_000
"""Label exports have entire questions as names. The raw row of every unknown cell contains its column's name."""
MAX_NAMES_CHARS = 1 << 18
"""All names of a header together: unknown columns can add up to this many characters to every row of the file."""
MAX_CELL_BYTES = 1 << 24
"""A line or a cell, which DuckDB holds in memory as one piece: several thousand pages of text."""
SEVERAL = "Leave out the columns that the registry does not need, or deliver the file in several parts."
SHORT_NAMES = "Put short column names into the first line."


def check_header(names: Sequence[str]) -> None:
    """Raise DeliveryRejected if a file has too many columns, or a name that cannot be a column name."""
    if len(names) > MAX_COLUMNS:
        raise DeliveryRejected(f"The file has {len(names):,} columns, more than {MAX_COLUMNS:,}.", SEVERAL)
    for number, name in enumerate(names, start=1):
        if len(name) > MAX_NAME_CHARS:
            raise DeliveryRejected(
                f"The name of column {number:,} has {len(name):,} characters, more than {MAX_NAME_CHARS:,}.",
                "Check for a missing header row or an unclosed quote, correct it and deliver the file again.",
            )
        if not _is_text(name):
            raise DeliveryRejected(
                f"The name of column {number:,} contains characters that are not text.", "Rename it."
            )
    if (n_chars := sum(map(len, names))) > MAX_NAMES_CHARS:
        raise DeliveryRejected(f"The column names have {n_chars:,} characters in total.", SEVERAL)


def _is_text(name: str) -> bool:
    """Return whether the name contains neither NUL nor half a character, which no column name can contain."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\0" not in name


def check_cells(con: duckdb.DuckDBPyConnection, relation: str, n_columns: int, packed_bytes: int) -> None:
    """Raise DeliveryRejected if a cell, or all cells together, unpack to too much; for formats that pack cells."""
    sizes = [f"coalesce(strlen(c{i}), 0)" for i in range(n_columns)]
    largest, total = f"list_max([{', '.join(sizes)}])", f"list_sum([{', '.join(sizes)}])"
    row = con.execute(f"SELECT max({largest}), sum({total}) FROM {relation}").fetchone()  # noqa: S608 (own names)
    if row is None or row[0] is None:
        return
    if row[0] > MAX_CELL_BYTES:
        raise DeliveryRejected(f"A cell has {row[0]:,} bytes, more than {MAX_CELL_BYTES:,}.", SEVERAL)
    size_limits.refuse_beyond(int(row[1]), size_limits.bound_of(packed_bytes, size_limits.MAX_UNPACKED_BYTES))
