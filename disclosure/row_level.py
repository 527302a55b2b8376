"""Rows that leave: k-anonymity, or a refusal that names the columns that break it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from schemas.disclosure import IDENTIFIERS, NOT_QUASI_IDENTIFIERS, Mode


class RowsIdentify(ValueError):
    """Rows in which somebody can be found. `columns`: those without which nobody could."""

    def __init__(self, columns: list[str], k: int) -> None:
        self.columns = columns
        named = ", ".join(columns)
        super().__init__(
            f"Of some rows fewer than {k} are alike, because of {named}: leave out or coarsen {named}, or share counts."
            if columns
            else f"There are fewer than {k} rows: share counts of a larger group."
        )


def check_rows(rows: pd.DataFrame, mode: Mode) -> None:
    """Let rows pass in which every combination of quasi-identifiers occurs in none or at least `mode.k` rows.

    Missing values are a value of their own. Every column counts as a quasi-identifier but NOT_QUASI_IDENTIFIERS, also
    one that a query computed. RowsIdentify for identifiers, for rows that fewer than k share, for fewer than k rows.
    """
    if mode.is_open or rows.empty:
        return
    own = [str(name) for name in rows.columns]
    if held := [name for name in own if name.lower() in IDENTIFIERS]:
        raise RowsIdentify(held, mode.k)
    if len(rows) < mode.k:
        raise RowsIdentify([], mode.k)
    if broken := _columns_that_break(_codes(rows), len(rows), mode.k):
        raise RowsIdentify(broken, mode.k)


def classes_of(rows: pd.DataFrame) -> list[np.ndarray]:
    """Return the rows of each group that agrees in every quasi-identifier (bool, one for each row)."""
    codes = list(_codes(rows).values()) or [np.zeros(len(rows), dtype=int)]
    _, place = np.unique(np.column_stack(codes), axis=0, return_inverse=True)
    return [place.reshape(-1) == number for number in range(int(place.max(initial=-1)) + 1)]


def _codes(rows: pd.DataFrame) -> dict[str, np.ndarray]:
    quasi = [str(name) for name in rows.columns if str(name).lower() not in NOT_QUASI_IDENTIFIERS]
    return {name: pd.factorize(rows[name].astype(str), use_na_sentinel=False)[0] for name in quasi}


def _columns_that_break(codes: dict[str, np.ndarray], n: int, k: int) -> list[str]:
    """Return columns to leave out: one after another the one without which the fewest rows stand alone."""
    kept, gone = dict(codes), []
    while kept and _n_alone(kept, n, k):
        worst = min(kept, key=lambda name: (_n_alone({c: v for c, v in kept.items() if c != name}, n, k), name))
        gone.append(worst)
        del kept[worst]
    return gone


def _n_alone(codes: dict[str, np.ndarray], n: int, k: int) -> int:
    """Return how many rows fewer than k share."""
    if not codes:
        return 0
    _, place, counts = np.unique(np.column_stack(list(codes.values())), axis=0, return_inverse=True, return_counts=True)
    return int((counts[place.reshape(-1)] < k).sum())
