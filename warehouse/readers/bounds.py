"""How much one delivery may ask of the machine: columns, names, cells. One file must not stop everybody's refresh.

What belongs here: the bounds and the sentences that refuse what goes beyond. What does not: how far a packed file may
unpack (size_limits.py).
"""

from collections.abc import Sequence

import duckdb

from warehouse.readers import size_limits
from warehouse.storage.errors import DeliveryRejected

MAX_COLUMNS = 2_000
"""A wide REDCap or Castor export has several hundred; DuckDB plans 2,000 within a second, 20,000 not within minutes."""
MAX_NAME_CHARS = 2_000
"""Label exports have whole questions for names. Each name stands in the raw row of every unknown cell."""
MAX_NAMES_CHARS = 1 << 18
"""All names of a header together: what unknown columns can add to each row, times as many rows as the file has."""
MAX_CELL_BYTES = 1 << 24
"""A line or a cell: what DuckDB holds of one at a time, some thousand pages of text."""
SEVERAL = "Leave out the columns that the registry does not ask for, or send the file in several parts."
SHORT_NAMES = "Put short names of columns into the first line."


def check_header(names: Sequence[str]) -> None:
    """DeliveryRejected where a file has too many columns, or a name that cannot be one."""
    if len(names) > MAX_COLUMNS:
        raise DeliveryRejected(f"The file has {len(names):,} columns, more than {MAX_COLUMNS:,}.", SEVERAL)
    for number, name in enumerate(names, start=1):
        if len(name) > MAX_NAME_CHARS:
            raise DeliveryRejected(
                f"The name of column {number:,} has {len(name):,} characters, more than {MAX_NAME_CHARS:,}.",
                "Is the header row missing, or a quote never closed? Mend that, and deliver the file again.",
            )
        if not _is_text(name):
            raise DeliveryRejected(
                f"The name of column {number:,} holds characters that are no text.", "Name it again."
            )
    if (n_chars := sum(map(len, names))) > MAX_NAMES_CHARS:
        raise DeliveryRejected(f"The names of the columns have {n_chars:,} characters together.", SEVERAL)


def _is_text(name: str) -> bool:
    """Whether the name holds neither NUL nor half a character, which databases cannot name a column by."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\0" not in name


def check_cells(con: duckdb.DuckDBPyConnection, relation: str, n_columns: int, packed_bytes: int) -> None:
    """DeliveryRejected where a cell, or all cells together, unpack to too much; for formats that pack their cells."""
    sizes = [f"coalesce(strlen(c{i}), 0)" for i in range(n_columns)]
    largest, total = f"list_max([{', '.join(sizes)}])", f"list_sum([{', '.join(sizes)}])"
    row = con.execute(f"SELECT max({largest}), sum({total}) FROM {relation}").fetchone()  # noqa: S608 (own names)
    if row is None or row[0] is None:
        return
    if row[0] > MAX_CELL_BYTES:
        raise DeliveryRejected(f"A cell has {row[0]:,} bytes, more than {MAX_CELL_BYTES:,}.", SEVERAL)
    size_limits.refuse_beyond(int(row[1]), size_limits.bound_of(packed_bytes, size_limits.MAX_UNPACKED_BYTES))
