"""Describes the columns of a file as the package's own description of it says."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from warehouse.readers.near_names import shown
from warehouse.readers.statistics import texts
from warehouse.readers.statistics.meanings import NUMBER, Meaning
from warehouse.readers.statistics.packages import Package
from warehouse.readers.statistics.short_numbers import BYTES, FEWEST_BYTES, Step, exact_below, restored
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.sql_files import sql_text

EXACT_BELOW = {"double": 2**53, "float": 2**24}
"""From these numbers on a type holds no longer every whole number, so that two identifiers may become one."""


@dataclass(frozen=True)
class Column:
    """A column. `kind` is pyreadstat's type: string, int8, int16, int32, float or double.

    `n_bytes` is how many bytes a SAS number has in the file, eight unless it was shortened.
    `missing` are the ranges of codes, with both ends, that the file declares to be missing values. `codes` maps a
    code, a letter for a missing value of Stata or SAS, to its label.
    """

    position: int
    name: str
    kind: str
    meaning: Meaning
    missing: tuple[tuple[Any, Any], ...]
    codes: Mapping[Hashable, str]
    n_bytes: int = BYTES
    step: Step | None = None

    @property
    def is_text(self) -> bool:
        """Whether the cells are text."""
        return self.kind == "string"

    @property
    def cell(self) -> str:
        """SQL of the cell as the file holds it, empty text as null."""
        value = f"v{self.position}"
        if not self.is_text:
            return value
        return f"nullif(CASE WHEN suffix({value}, ' ') THEN rtrim({value}) ELSE {value} END, '')"

    def text_of(self, cell: str) -> str:
        """Return SQL of the text of a cell."""
        if self.is_text:
            return cell
        if self.meaning is not NUMBER:
            return self.meaning.text(f"CAST({cell} AS DOUBLE)")
        if self.kind.startswith("int"):
            return f"CAST({cell} AS VARCHAR)"
        if self.step is not None:
            cell = restored(cell, self.n_bytes, self.step)
        return texts.number(cell)

    def lies_within(self, low: Any, high: Any) -> str:
        """Return SQL that is true for a cell from one code to another, both included; text is equal to the first."""
        if self.is_text:
            return f"rtrim(v{self.position}) = {sql_text(low.rstrip())}"
        if low == high:
            return f"v{self.position} = {_double(low)}"
        return f"v{self.position} BETWEEN {_double(low)} AND {_double(high)}"

    @property
    def is_missing(self) -> str:
        """SQL that is true for a cell with a declared missing value; '' if the file declares none."""
        return " OR ".join(self.lies_within(low, high) for low, high in self.missing)

    @property
    def missing_codes(self) -> dict[Any, str]:
        """The labels of those codes that the file declares to be missing values."""
        return {
            code: label.strip()
            for code, label in self.codes.items()
            if label.strip() and any(low <= code <= high for low, high in self.missing)
        }

    @property
    def exact_below(self) -> int | None:
        """The whole number from which on its type may have lost the last digits of a number; None if it loses none."""
        if not self.meaning.is_number:
            return None
        return EXACT_BELOW.get(self.kind) if self.step is None else exact_below(self.n_bytes, self.step)


def columns_of(meta: Any, package: Package) -> list[Column]:
    """Return the columns of the file that `meta`, pyreadstat's description, describes.

    Raises DeliveryRejected if the file has numbers of so few bytes that they cannot be read.
    """
    columns = []
    for position, name in enumerate(meta.column_names):
        kind = meta.readstat_variable_types[name]
        column_format = meta.original_variable_types[name] or ""
        meaning = NUMBER if kind == "string" else package.meaning_of(column_format)
        ranges = tuple((one["lo"], one["hi"]) for one in meta.missing_ranges.get(name, ()))
        labels = meta.variable_value_labels.get(name, {})
        n_bytes = meta.variable_storage_width[name] if package.short_step and kind == "double" else BYTES
        if n_bytes < FEWEST_BYTES:
            raise DeliveryRejected(
                f"The numbers in {shown(name)} have {n_bytes} bytes and cannot be read.",
                "Give the variable the length 8 in SAS, and write the file again.",
            )
        step = package.short_step if n_bytes < BYTES else None
        columns.append(Column(position, name, kind, meaning, ranges, labels, n_bytes, step))
    return columns


def _double(value: float) -> str:
    return f"CAST('{value!r}' AS DOUBLE)"
