"""An outsider's linear programme over printed tables: written for the tests alone, and unlike the solver's own.

It knows no groups. Its unknowns are how many subjects have each combination of the tables' attributes (atoms), and what
it is told is which numbers were printed for which combinations. The solver looks at counts and their sums instead.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

Atom = Mapping[str, str]
MANY = 1_000_000
"""More than any group can have, for an outsider who is told nothing."""


class Told(NamedTuple):
    """A printed count of a group: its size (cause 0), or how many had the event (1) or the competing one (2)."""

    endpoint: str
    level: str
    grouping: str
    stratum: str
    cause: int
    count: int


@dataclass
class Printed:
    """What an outsider reads: for each printed number, which atoms it counts, and the range it was rounded from."""

    atoms: list[dict[str, str]]
    rows: list[np.ndarray] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def which(self, **wanted: str) -> np.ndarray:
        """Mark the atoms with these attributes."""
        return np.array([all(atom[name] == value for name, value in wanted.items()) for atom in self.atoms])

    def tell(self, counts: Callable[[Atom], bool] | np.ndarray, low: float, high: float | None = None) -> None:
        """Add a printed number: the atoms that it counts (or signs), and between which true counts it stands."""
        row = counts if isinstance(counts, np.ndarray) else np.array([counts(atom) for atom in self.atoms])
        self.rows.append(row.astype(float))
        self.low.append(low)
        self.high.append(low if high is None else high)

    def interval(self, counts: Callable[[Atom], bool] | np.ndarray, whole: bool = True) -> tuple[float, float]:
        """Return the least and the largest count that fits everything printed: whole numbers unless `whole` is off."""
        aim = counts if isinstance(counts, np.ndarray) else np.array([counts(atom) for atom in self.atoms])
        told = [LinearConstraint(csr_array(np.array(self.rows)), self.low, self.high)] if self.rows else []
        found = []
        for sign in (1.0, -1.0):
            result = milp(
                sign * aim.astype(float),
                integrality=np.full(len(aim), int(whole)),
                bounds=Bounds(0, MANY),
                constraints=told,
            )
            assert result.success, f"what was printed contradicts itself: {result.message}"
            found.append(sign * float(result.fun))
        return found[0], found[1]


def atoms_of(attributes: Mapping[str, Iterable[str]]) -> list[dict[str, str]]:
    """Return every combination of the attributes' values."""
    names = list(attributes)
    return [dict(zip(names, values, strict=True)) for values in product(*attributes.values())]
