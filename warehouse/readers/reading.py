"""Says how a file is read where its site has said more than its name does."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reading:
    """How to read a file. `delimiter` None: found from the header. `sheet` None: the first visible one with cells.

    `encoding` is a name that Python's codecs know, for CSV only. `header_row` counts from 1.
    """

    encoding: str = "utf-8"
    delimiter: str | None = None
    sheet: str | None = None
    header_row: int = 1


AS_USUAL = Reading()
"""How a file is read of whose site nothing is said."""
