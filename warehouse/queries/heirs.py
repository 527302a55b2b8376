"""Finds the current versions that inherit cells from earlier ones, so that corrections of those cells last.

The current version of a key inherits a cell from an earlier one as long as the delivery of every later version lacked
the column. A row delivered again unchanged is not a version of its own and does not end this; a withdrawal does.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from warehouse.queries.decide_answers import Chain


@dataclass(frozen=True)
class CountedRow:
    """A delivered row in the history. `absent` are the columns that its delivery lacks and an earlier one had."""

    chain: Chain
    key_hash: int
    position: int
    outcome: str
    is_withdrawn: bool
    absent: frozenset[str]


def find_heirs(rows: Iterable[CountedRow], columns: Sequence[str]) -> None:
    """Fill `heirs` of every chain whose key's current version inherits a cell; `columns` are those it can inherit."""
    by_key: dict[int, list[CountedRow]] = defaultdict(list)
    for row in rows:
        by_key[row.key_hash].append(row)
    for listed in by_key.values():
        current = next((row for row in listed if row.chain.state == "current"), None)
        if current is not None and current.absent:
            _find(current, listed, [c for c in columns if c in current.absent])


def _find(current: CountedRow, listed: list[CountedRow], columns: list[str]) -> None:
    """Set the heirs for the rows of one key whose cells equal those of a version that `current` inherits from."""
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
    """Return the earlier versions of the key since its last withdrawal, newest first."""
    versions = sorted(
        (row for row in listed if row.outcome in ("new", "changed") and row.position < current.position),
        key=lambda row: -row.position,
    )
    ended = next((n for n, row in enumerate(versions) if row.is_withdrawn), len(versions))
    return versions[:ended]
