"""A readable file, whatever its format."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from warehouse.storage.errors import DeliveryRejected


@dataclass(frozen=True)
class Source:
    """`relation` is SQL that yields VARCHAR columns c0..cN, in the file's order; `header` names them.

    `line` is SQL of the row's line in the file as it was delivered, the header not counted. `n_records` is how many
    rows the file holds by a count of its own, None where there is none; `count_again` counts closely, if it is needed.
    `nested` names columns of which a cell holds several values, a list or an object.
    `remark` is what should be said of how the file was read, in a sentence without values; '' for nothing.
    """

    header: list[str]
    relation: str
    line: str = "row_number() OVER ()"
    n_records: int | None = None
    count_again: Callable[[], int] | None = None
    nested: Sequence[str] = ()
    remark: str = ""

    def check_count(self, n_read: int) -> None:
        """DeliveryRejected where other than `n_read` rows are in the file: no row may be lost in reading."""
        expected = self.n_records
        if expected in (None, n_read):
            return
        if self.count_again is not None and (expected := self.count_again()) == n_read:
            return
        raise DeliveryRejected(
            f"The file holds {expected:,} rows, of which {n_read:,} could be read.",
            "Save it again as CSV UTF-8, each row on a line of its own that is ended, and deliver it.",
        )


def column_names(count: int) -> list[str]:
    """c0, c1, ..."""
    return [f"c{i}" for i in range(count)]
