"""Defines a readable file, whatever its format."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from warehouse.storage.errors import DeliveryRejected

REASON = " (reason missing)"
"""How the name of a column ends that holds the reasons of another's missing values."""


@dataclass(frozen=True)
class Veiled:
    """What is kept of a file beside its rows once its identifiers are pseudonyms.

    `dates` pairs the position of each column of shifted dates with that of the patient whose they are. `feed` names the
    source and export that the rows were prepared for, '' where any may read them. Of such rows: `reasons` say why one
    is not of the export, each with whether it withdraws its key; the column `why` holds the number of the first that
    applies, `record` the record that a row is of; `missing` has cells that mean: not known, by position; `invented` are
    columns that the file lacks. `remark` is what was to be said of the file. `is_trimmed` is that of Source.
    """

    dates: Sequence[tuple[int, int]] = ()
    feed: str = ""
    reasons: Sequence[tuple[str, bool]] = ()
    why: int | None = None
    record: int | None = None
    missing: Sequence[tuple[int, Sequence[str]]] = ()
    invented: Sequence[str] = ()
    remark: str = ""
    is_trimmed: bool = False


@dataclass(frozen=True)
class Source:
    """A file opened for reading: `relation` is SQL that yields VARCHAR columns c0..cN in the file's order.

    `header` names the columns. `line` is SQL for the row's line in the file as delivered, not counting the header.
    `n_records` is an independent count of the file's rows, None if there is none; `count_again` counts exactly if
    that count differs. `nested` names columns in which a cell holds a list or an object. `remark` says how the file was
    read, in a sentence without values; '' if there is nothing to say. `labels` maps the position of a column to the
    labels of its codes, both as text. `dates` are the positions of columns whose date cells are ISO text, whatever the
    site's formats. `is_typed` says that the format marks numbers and dates itself, so that they are written with a
    decimal point and as ISO dates. `is_trimmed` says that no cell has white space at its ends, and none is ''.
    `delimiter`, `sheet` and `header_row` say how the file was read; empty where its format has none. `encoding` is the
    one that its site said and that decided its letters, '' where the file itself says so. `about` is what
    the file itself says of its columns, as text for its kind of source; '' if nothing. `formats` maps positions to the
    names of SAS formats, in capital letters, whose labels are in a catalogue; None if the file is none of SAS. `titles`
    maps positions to what the file calls the columns in words: the variable labels of SPSS, Stata and SAS. `veiled`
    says how identifiers became pseudonyms, for what is kept of such a file (pseudonyms/); None of every other.
    """

    header: list[str]
    relation: str
    line: str = "row_number() OVER ()"
    n_records: int | None = None
    count_again: Callable[[], int] | None = None
    nested: Sequence[str] = ()
    remark: str = ""
    labels: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    dates: frozenset[int] = frozenset()
    is_typed: bool = False
    is_trimmed: bool = False
    delimiter: str = ""
    sheet: str = ""
    header_row: int | None = None
    encoding: str = ""
    about: str = ""
    formats: Mapping[int, str] | None = None
    titles: Mapping[int, str] = field(default_factory=dict)
    veiled: Veiled | None = None

    @property
    def read_for(self) -> str:
        """Return the source and export that alone read it, '' if any may."""
        return self.veiled.feed if self.veiled is not None else ""

    def check_count(self, n_read: int) -> None:
        """Raise DeliveryRejected if the file does not have `n_read` rows: no row may be lost in reading."""
        expected = self.n_records
        if expected in (None, n_read):
            return
        if self.count_again is not None and (expected := self.count_again()) == n_read:
            return
        raise DeliveryRejected(
            f"The file has {expected:,} rows, of which {n_read:,} could be read.",
            "Save it again as CSV UTF-8, each row on its own line with a line end, and deliver it.",
        )


def column_names(count: int) -> list[str]:
    """Return the column names c0, c1, ..."""
    return [f"c{i}" for i in range(count)]
