"""Defines what a kind of source hands to the mapping: its columns, and which of its rows are the export's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from warehouse.readers.source import Source, Veiled

ANOTHER_INSTRUMENT = "another instrument"
ANOTHER_EVENT = "another event"
NOT_FILLED_IN = "instrument not filled in"


@dataclass(frozen=True)
class Condition:
    """A condition that rows of the export meet. `is_met` is SQL on c0, c1, ... of the source, true or false.

    `reason` says in a few words, without values, why a row that does not meet it is not of the export. In a delta, such
    a row withdraws its key if the condition `withdraws`.
    """

    reason: str
    is_met: str
    withdraws: bool = False


@dataclass(frozen=True)
class Prepared:
    """A source whose columns can be mapped. A row is counted under the first condition that it does not meet.

    `record` is SQL of the record that a row is of, where rows of one record belong together; None where each row is on
    its own.
    `invented` are columns that the mapping names and the file lacks, since none of its rows is of the export.
    `missing` has cells of a column, by its position, that mean: not known, beside those of site.toml.
    """

    source: Source
    conditions: tuple[Condition, ...] = ()
    record: str | None = None
    invented: tuple[str, ...] = ()
    missing: Mapping[int, Sequence[str]] = field(default_factory=dict)


def prepared_before(source: Source, veiled: Veiled) -> Prepared:
    """Return what its kind had added to a source before its identifiers became pseudonyms."""
    conditions = tuple(
        Condition(reason, f"(c{veiled.why} IS DISTINCT FROM '{number}')", withdraws)
        for number, (reason, withdraws) in enumerate(veiled.reasons)
    )
    record = None if veiled.record is None else f"c{veiled.record}"
    return Prepared(source, conditions, record, tuple(veiled.invented), dict(veiled.missing))
