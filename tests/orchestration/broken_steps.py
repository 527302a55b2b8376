"""Ways in which a step of a refresh fails, for tests of what is reported then."""

from __future__ import annotations

from collections.abc import Callable


def break_contract(derive: Callable) -> Callable:
    """Return a lesion_ltp that claims LTP without a date."""

    def derive_then_break(con, table: str) -> None:
        derive(con, table)
        if table == "lesion_ltp":
            con.execute("UPDATE derived.lesion_ltp SET ltp_date = NULL, deciding_line = NULL")

    return derive_then_break


def fail(*_) -> None:
    """Fail unexpectedly, with an error that quotes a cell."""
    raise ValueError("the cell of SYN-0001 says 37.1234")


def no_memory(*_) -> None:
    """Fail to make the report."""
    raise MemoryError
