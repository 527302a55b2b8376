"""Which counts must not leave: the small ones, and the fewest others that keep every suppressed count uncertain.

The exact method of Fischetti and Salazar (Management Science 2001;47:1008): an integer programme chooses what to
suppress; an outsider's linear programme (feasible.py) finds a suppressed cell whose interval is too narrow; its dual
becomes a constraint of the integer programme; until no interval is too narrow. So the choice is the cheapest there is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from disclosure.cells import Cells
from disclosure.feasible import TOLERANCE, Outsider
from schemas.disclosure import Mode

_MAX_ROUNDS = 500
_CUTS_A_ROUND = 15


@dataclass
class _Cuts:
    """Constraints: sum of `rows` times what is suppressed is at least `least`."""

    rows: list[np.ndarray] = field(default_factory=list)
    least: list[float] = field(default_factory=list)

    def add(self, row: np.ndarray, least: float) -> None:
        self.rows.append(row)
        self.least.append(least)


def suppress(cells: Cells, mode: Mode) -> np.ndarray:
    """Return for each cell whether it is suppressed, hidden cells among them (bool, in the cells' order).

    The sum of the costs of what is suppressed is the least possible, given that each small count, each small hidden
    rest or difference, and each other suppressed count is uncertain by at least what the mode asks; or, where what left
    earlier (`known`) has made it less uncertain already, by no less than it is.
    """
    if mode.is_open or len(cells) == 0:
        return np.zeros(len(cells), dtype=bool)
    outsider, needed = Outsider(cells, mode), cells.widths(mode)
    own = np.where(needed > 0, needed, float(mode.small))
    chosen = None if cells.known else _solved(cells, mode, outsider, needed, own)
    if chosen is None:  # what is asked cannot be had, whatever is suppressed
        everything = np.ones(len(cells), dtype=bool)
        for place, opening in list(outsider.too_narrow(np.arange(len(cells)), own, everything)):
            own[place] = max(opening.width, 0.0)
        needed = np.where((needed > 0) & (own > TOLERANCE), own, 0.0)
        chosen = _solved(cells, mode, outsider, needed, own)
    if chosen is None:
        raise ArithmeticError("the solver found no suppression, although suppressing everything is one")
    return chosen


def _solved(cells: Cells, mode: Mode, outsider: Outsider, needed: np.ndarray, own: np.ndarray) -> np.ndarray | None:
    """Return the cheapest choice that leaves each cell as uncertain as `needed`, and each other suppressed one as its
    `own`; None if there is none.
    """
    costs = np.array(cells.costs)
    low, high = cells.primary(mode).astype(float), np.ones(len(cells))
    cuts = _Cuts()
    for row, least in _first_cuts(cells, mode, needed):
        cuts.add(row, least)
    asked = np.flatnonzero(needed > 0)
    for _ in range(_MAX_ROUNDS):
        chosen = _cheapest(costs, low, high, cuts)
        if chosen is None or not _add_violated(cuts, cells, outsider, chosen, asked, own):
            return chosen
    raise ArithmeticError("no suppression found in the number of rounds allowed")


def _cheapest(costs: np.ndarray, low: np.ndarray, high: np.ndarray, cuts: _Cuts) -> np.ndarray | None:
    """Return the cheapest choice that keeps all cuts; None if there is none."""
    constraints = [LinearConstraint(np.array(cuts.rows), np.array(cuts.least), np.inf)] if cuts.rows else []
    found = milp(costs, integrality=np.ones(len(costs)), bounds=Bounds(low, high), constraints=constraints)
    return None if found.x is None else np.rint(found.x).astype(bool)


def _first_cuts(cells: Cells, mode: Mode, needed: np.ndarray) -> Iterator[tuple[np.ndarray, float]]:
    """Yield what one relation alone asks: next to a small cell another must be suppressed. Rounding may do instead."""
    if mode.rounding > 1:
        return
    for total, parts in cells.relations:
        members = (total, *parts)
        if cells.known.keys() & set(members):
            continue
        for place in members:
            others = [other for other in members if other != place]
            if needed[place] > 0 and not any(cells.hidden[other] for other in others):
                row = np.zeros(len(cells))
                row[others] = 1.0
                yield row, 1.0


def _add_violated(
    cuts: _Cuts, cells: Cells, outsider: Outsider, chosen: np.ndarray, asked: np.ndarray, own: np.ndarray
) -> bool:
    """Add a cut for each cell whose interval is too narrow: the small ones, and if none is, other suppressed ones."""
    is_other = chosen & ~np.array(cells.hidden)
    is_other[asked] = False
    is_other[list(cells.known)] = False
    for group, is_asked in ((asked, True), (np.flatnonzero(is_other), False)):
        n_before = len(cuts.rows)
        for place, opening in outsider.too_narrow(group, own, chosen):
            row = np.minimum(opening.share, own[place])
            if not is_asked:  # only if it is suppressed
                row[place] -= own[place]
            cuts.add(row, (own[place] if is_asked else 0.0) - opening.base)
            if len(cuts.rows) - n_before >= _CUTS_A_ROUND:
                break
        if len(cuts.rows) > n_before:
            return True
    return False
