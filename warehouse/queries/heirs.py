"""Which current version has a cell from which earlier ones: so a correction lasts until a delivery has that column.

What belongs here: finding, for the versions of one export, the heir of each cell. What does not: what an answer does
(decide_answers.py). A version gives a cell to the current one of its key while every delivery of a version after it
lacked the column; a row delivered again unchanged is no version of its own and ends nothing; a withdrawal ends
everything.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from warehouse.queries.decide_answers import Chain


@dataclass(frozen=True)
class CountedRow:
    """A delivered row as the history counts it. `absent` are columns that its delivery lacks and an earlier one had."""

    chain: Chain
    key_hash: int
    position: int
    outcome: str
    is_withdrawn: bool
    absent: frozenset[str]


def find_heirs(rows: Iterable[CountedRow], columns: Sequence[str]) -> None:
    """Fill `heirs` of every chain that the current version of its key has a cell from; `columns` can be inherited."""
    by_key: dict[int, list[CountedRow]] = defaultdict(list)
    for row in rows:
        by_key[row.key_hash].append(row)
    for listed in by_key.values():
        current = next((row for row in listed if row.chain.state == "current"), None)
        if current is not None and current.absent:
            _find(current, listed, [c for c in columns if c in current.absent])


def _find(current: CountedRow, listed: list[CountedRow], columns: list[str]) -> None:
    """Of the same key: whoever has the cells of a version that the current one has the column from, passes it on."""
    before = _versions_before(current, listed)
    for column in columns:
        cells = set()
        for version in before:
            cells.add(version.chain.versions[0].cells)
            if column not in version.absent:
                break
        for row in listed:
            if row is not current and row.outcome != "conflicting" and row.chain.versions[0].cells in cells:
                row.chain.heirs[column] = current.chain


def _versions_before(current: CountedRow, listed: list[CountedRow]) -> list[CountedRow]:
    """The earlier versions of the key's present life, the newest first."""
    versions = sorted(
        (row for row in listed if row.outcome in ("new", "changed") and row.position < current.position),
        key=lambda row: -row.position,
    )
    ended = next((n for n, row in enumerate(versions) if row.is_withdrawn), len(versions))
    return versions[:ended]
