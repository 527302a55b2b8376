"""How far a count can be from its value, given all that left: the interval that an outsider can compute.

Everybody knows that counts are not negative and not more than all subjects there are, how the tables hang together, and
the rounding. The interval is the range of a linear programme; its dual says which suppressed counts hold it open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from disclosure.cells import Cells
from schemas.disclosure import Mode

TOLERANCE = 1e-6
_SEED, _DIRECTIONS = 7, 12
_QUICK = {"presolve": False}  # the programmes are small: simplifying one takes longer than solving it


@dataclass(frozen=True)
class Opening:
    """A cell's interval, and what of its width each cell gives if it is suppressed (`share`; `base`: all the same)."""

    low: float
    high: float
    share: np.ndarray
    base: float

    @property
    def width(self) -> float:
        """How far the ends of the interval are from each other."""
        return self.high - self.low


class _Seen:
    """How far from the true one any of the possible tables is, for each cell."""

    def __init__(self, n_cells: int) -> None:
        self._low, self._high = np.zeros(n_cells), np.zeros(n_cells)

    def add(self, table: np.ndarray) -> None:
        """Take a table, as distances from the true one."""
        np.minimum(self._low, table, out=self._low)
        np.maximum(self._high, table, out=self._high)

    @property
    def width(self) -> np.ndarray:
        """How wide each cell's interval is at least."""
        return self._high - self._low


class Outsider:
    """What an outsider can work out about `cells`, whichever of them are suppressed.

    Distances are from the true counts: a shared cell moves by its rounding, a suppressed one between 0 and `most`, or
    by the rounding of what left of it before.
    """

    def __init__(self, cells: Cells, mode: Mode) -> None:
        self.values = np.array(cells.values, dtype=float)
        self.relations: csr_array = cells.matrix()
        self._columns = self.relations.tocsc()
        most = float(self.values.max(initial=0.0)) + mode.small
        self.down, self.up = self.values.copy(), most - self.values
        published = np.array([mode.rounded(value) for value in cells.values], dtype=float)
        slack = float(mode.slack)
        self.shared_down = np.minimum(self.values - published + slack, self.values)
        self.shared_up = published + slack - self.values
        for place, (least, largest) in cells.known.items():
            self.down[place] = max(cells.values[place] - least, 0)
            self.up[place] = max(largest - cells.values[place], 0)
        self.shared_down, self.shared_up = np.minimum(self.shared_down, self.down), np.minimum(self.shared_up, self.up)
        self._possible: list[np.ndarray] = []

    def bounds(self, suppressed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return how far each cell may be below and above its value when the marked cells do not leave."""
        low = -np.where(suppressed, self.down, self.shared_down)
        return low, np.where(suppressed, self.up, self.shared_up)

    def too_narrow(
        self, asked: np.ndarray, needed: np.ndarray, suppressed: np.ndarray
    ) -> Iterator[tuple[int, Opening]]:
        """Yield those of the cells `asked` whose interval is narrower than `needed` (one for each cell of all).

        Every table that was found possible shows an interval's width for all its cells at once, so most cells need no
        programme of their own.
        """
        low, high = self.bounds(suppressed)
        seen = _Seen(len(low))
        for table in self._possible:
            if (table >= low - TOLERANCE).all() and (table <= high + TOLERANCE).all():
                seen.add(table)
        if (seen.width[asked] < needed[asked] - TOLERANCE).sum() > _DIRECTIONS:
            for table in self._far_tables(low, high):
                self._possible.append(table)
                seen.add(table)
        parts = self._parts(low, high)
        for cell in asked:
            if seen.width[cell] >= needed[cell] - TOLERANCE:
                continue
            opening, tables = self._opening(int(cell), parts(int(cell)), low, high)
            for table in tables:
                self._possible.append(table)
                seen.add(table)
            if opening.width < needed[cell] - TOLERANCE:
                yield int(cell), opening

    def _far_tables(self, low: np.ndarray, high: np.ndarray) -> Iterator[np.ndarray]:
        """Yield possible tables far from the true one, in fixed pseudo-random directions."""
        free = np.flatnonzero(high - low > TOLERANCE)
        matrix = self._columns[:, free].tocsr()
        matrix = matrix[np.flatnonzero(np.diff(matrix.indptr))]
        draws = np.random.default_rng(_SEED)
        for _ in range(_DIRECTIONS if len(free) else 0):
            aim = draws.choice((-1.0, 1.0), size=len(free)) * draws.uniform(0.5, 1.0, size=len(free))
            bounds = np.column_stack([low[free], high[free]])
            found = linprog(
                aim, A_eq=matrix, b_eq=np.zeros(matrix.shape[0]), bounds=bounds, method="highs", options=_QUICK
            )
            table = np.zeros(len(low))
            table[free] = found.x
            yield table

    def interval(self, cell: int, suppressed: np.ndarray) -> tuple[float, float]:
        """Return the least and the largest value that the cell can have."""
        low, high = self.bounds(suppressed)
        opening, _ = self._opening(cell, self._parts(low, high)(cell), low, high)
        return opening.low, opening.high

    def _parts(self, low: np.ndarray, high: np.ndarray) -> Callable[[int], np.ndarray]:
        """Return the function from a cell to the cells that can move with it."""
        free = np.flatnonzero(high - low > TOLERANCE)
        among = self._columns[:, free]
        _, part = connected_components(among.T @ among, directed=False)
        part_of = np.full(len(low), -1)
        part_of[free] = part

        def parts(cell: int) -> np.ndarray:
            return np.flatnonzero(part_of == part_of[cell]) if part_of[cell] >= 0 else np.array([cell])

        return parts

    def _opening(
        self, cell: int, own: np.ndarray, low: np.ndarray, high: np.ndarray
    ) -> tuple[Opening, list[np.ndarray]]:
        """Solve for one cell among those that move with it; the others stand still. Return the two tables as well."""
        matrix = self._columns[:, own].tocsr()
        rows = np.flatnonzero(np.diff(matrix.indptr))
        matrix = matrix[rows]
        ends, tables, share, base = [], [], np.zeros(len(self.values)), 0.0
        bounds = np.column_stack([low[own], high[own]])
        for sign in (1.0, -1.0):
            aim = np.zeros(len(self.values))
            aim[cell] = sign
            found = linprog(
                aim[own], A_eq=matrix, b_eq=np.zeros(len(rows)), bounds=bounds, method="highs", options=_QUICK
            )
            if found.status != 0:
                raise ArithmeticError(f"no interval found: {found.message}")
            ends.append(self.values[cell] + sign * float(found.fun))
            table = np.zeros(len(self.values))
            table[own] = found.x
            tables.append(table)
            dual = np.zeros(self.relations.shape[0])
            dual[rows] = found.eqlin.marginals
            price = aim - self.relations.T @ dual  # a valid bound for any dual, so for cells that stand still too
            down, up = np.maximum(price, 0.0), np.maximum(-price, 0.0)
            share += up * (self.up - self.shared_up) + down * (self.down - self.shared_down)
            base += float(up @ self.shared_up + down @ self.shared_down)
        return Opening(ends[0], ends[1], share, base), tables
