"""Counts and how they hang together: what an outsider who knows the tables' structure can compute from what left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_array

from schemas.disclosure import Mode


@dataclass
class Cells:
    """Counts, and the sums they take part in.

    A cell either may leave, or is hidden: never printed, but the rest of a total or the difference of two groups, so
    that others can give it away. `costs`: how much is lost with a cell; hidden ones cost nothing. `relations`: (total,
    parts) by place, total = sum of the parts. `known`: cells that left before, and the least and the largest count
    that what left stands for. `kept`: cells that earlier outputs kept back, and that must stay so.
    `close`: cells from which one that left before can be subtracted to a small group.
    """

    names: list[str] = field(default_factory=list)
    values: list[int] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    hidden: list[bool] = field(default_factory=list)
    relations: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    known: dict[int, tuple[int, int]] = field(default_factory=dict)
    kept: set[int] = field(default_factory=set)
    close: set[int] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.values)

    def add(self, name: str, value: int, cost: float = 1.0, *, is_hidden: bool = False) -> int:
        """Add a cell and return its place. ValueError for a negative count, which no group has."""
        if value < 0:
            raise ValueError(f"{name}: a count cannot be negative")
        self.names.append(name)
        self.values.append(int(value))
        self.costs.append(0.0 if is_hidden else cost)
        self.hidden.append(is_hidden)
        return len(self.values) - 1

    def sum_of(self, total: int, parts: Iterable[int], rest: str = "") -> None:
        """Declare that the total is the sum of the parts; what they leave becomes a hidden cell named `rest`.

        ValueError if parts exceed the total, or fall short of it without a name for the rest.
        """
        places = tuple(parts)
        left = self.values[total] - sum(self.values[place] for place in places)
        if left < 0 or (left and not rest):
            raise ValueError(f"{self.names[total]}: its parts do not add up to it")
        if rest:
            places = (*places, self.add(rest, left, is_hidden=True))
        self.relations.append((total, places))

    def matrix(self) -> csr_array:
        """Return the relations as a matrix (relations, cells) whose product with the counts is 0."""
        rows, columns, signs = [], [], []
        for row, (total, parts) in enumerate(self.relations):
            rows += [row] * (1 + len(parts))
            columns += [total, *parts]
            signs += [1.0, *(-1.0 for _ in parts)]
        return csr_array((signs, (rows, columns)), shape=(len(self.relations), len(self)))

    def widths(self, mode: Mode) -> np.ndarray:
        """Return how uncertain each cell must stay: what the mode calls small, for small counts; 0 for others.

        A hidden difference of rounded counts needs no more than the rounding of one of them, which is what the mode
        asks of differences; a hidden zero says that nobody is in it, and needs nothing, nor does what has left.
        """
        of_hidden = mode.small if mode.rounding == 1 else mode.rounding - 1
        needed = np.zeros(len(self))
        for place, (value, is_hidden) in enumerate(zip(self.values, self.hidden, strict=True)):
            if place in self.known:
                continue
            if is_hidden:
                needed[place] = of_hidden if 1 <= value <= mode.small or place in self.kept else 0
            elif mode.is_small(value) or place in self.close:
                needed[place] = mode.small
        return needed

    def primary(self, mode: Mode) -> np.ndarray:
        """Return which cells must not leave by themselves; hidden ones never do."""
        own = [h or mode.is_small(v) for v, h in zip(self.values, self.hidden, strict=True)]
        own = [is_primary or place in self.close for place, is_primary in enumerate(own)]
        return np.array(own, dtype=bool)


def table_cells(counts: Sequence[Sequence[int]] | Sequence[int], name: str = "") -> Cells:
    """Return the cells of a one-way or two-way table with all its totals.

    Places: the inner cells row by row, then (two-way) each row's total, each column's, and last the whole.

    >>> table_cells([3, 20]).values
    [3, 20, 23]
    """
    inner = np.atleast_2d(np.asarray(counts, dtype=int))
    cells = Cells()
    places = np.array([[cells.add(f"{name}[{i},{j}]", n) for j, n in enumerate(row)] for i, row in enumerate(inner)])
    if np.ndim(counts) == 1:
        cells.sum_of(cells.add(f"{name}[all]", int(inner.sum())), places[0])
        return cells
    rows = [cells.add(f"{name}[{i},all]", int(row.sum())) for i, row in enumerate(inner)]
    columns = [cells.add(f"{name}[all,{j}]", int(column.sum())) for j, column in enumerate(inner.T)]
    whole = cells.add(f"{name}[all,all]", int(inner.sum()))
    for total, parts in [*zip(rows, places, strict=True), *zip(columns, places.T, strict=True)]:
        cells.sum_of(total, parts.tolist())
    cells.sum_of(whole, rows)
    cells.sum_of(whole, columns)
    return cells
