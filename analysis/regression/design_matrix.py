"""From columns to a design matrix: treatment coding, complete cases, unknown counted as missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.tidy import TWO_LEVELS, UNKNOWN, as_float, stratum_codes, weights


@dataclass(frozen=True)
class Column:
    """One column of a design: a numeric covariate, or one level of a factor against its reference."""

    term: str
    level: str
    reference: str

    @property
    def is_factor(self) -> bool:
        """Return whether the column is a level of a factor, not a numeric covariate."""
        return self.reference != ""


People = Callable[[np.ndarray], int]
"""Positions of rows -> how many subjects they are of, where a subject has several rows."""


@dataclass(frozen=True)
class Design:
    """``matrix`` (complete cases x columns, float), their positions in the frame, how many
    subjects each stands for, a note on who is missing, and ``people`` where a subject has several rows."""

    columns: tuple[Column, ...]
    matrix: np.ndarray
    rows: np.ndarray
    count: np.ndarray
    missing_note: str
    people: People | None = None

    def n_subjects(self, positions: np.ndarray) -> int:
        """Return how many subjects the complete cases at these positions are of."""
        return self.people(self.rows[positions]) if self.people else int(self.count[positions].sum())

    @property
    def n_varying(self) -> int:
        """Return how many columns vary among the complete cases: the variables that count for events per variable."""
        return int((np.ptp(self.matrix, axis=0) > 0.0).sum()) if len(self.rows) else 0

    def block(self, rows: np.ndarray, columns: Sequence[int]) -> np.ndarray:
        """Return the matrix at these positions of rows and columns."""
        own = self.matrix if len(rows) == len(self.matrix) else self.matrix[rows]  # rows are distinct and in order
        return own if len(columns) == own.shape[1] else own[:, list(columns)]


def design(
    frame: pd.DataFrame,
    covariates: Sequence[str],
    *,
    references: Mapping[str, str] | None = None,
    also_complete: Sequence[str] = (),
    count: str | None = None,
    people: People | None = None,
) -> Design:
    """Return the design matrix of ``covariates`` over the complete cases of them and of ``also_complete``.

    Numeric columns enter as they are; text, categories and booleans as one 0/1 column per level but the
    reference: the one named in ``references``, else the first in stratum order (wild_type, false, smallest,
    alphabet). ``unknown``, empty and null are missing; ``count`` is the subjects each row stands for, ``people`` counts
    them where a subject has several rows.
    Levels are those seen among the complete cases; a factor of one level gives one constant column.
    """
    is_factor = {name: not is_numeric(frame[name]) for name in covariates}
    coded = {name: stratum_codes(frame[name]) for name in covariates if is_factor[name]}
    numbers = {name: as_float(frame[name]) for name in covariates if not is_factor[name]}
    each = weights(frame, count)
    n_of = people or (lambda positions: int(each[positions].sum()))
    complete = np.ones(len(frame), dtype=bool)
    missing_by_name: dict[str, int] = {}
    for name in covariates:
        present = _is_known(*coded[name]) if is_factor[name] else np.isfinite(numbers[name])
        missing_by_name[name] = n_of(np.flatnonzero(~present))
        complete &= present
    for name in also_complete:
        complete &= frame[name].notna().to_numpy()
    rows = np.flatnonzero(complete)
    columns: list[Column] = []
    pieces: list[tuple[np.ndarray, int | None]] = []  # numbers as they are, or codes and the one that is 1
    for name in covariates:
        if not is_factor[name]:
            columns.append(Column(name, "", ""))
            pieces.append((numbers[name][rows], None))
            continue
        codes, order = coded[name][0][rows], coded[name][1]
        reference, levels = _levels([order[code] for code in np.unique(codes)], (references or {}).get(name))
        for level in levels:
            columns.append(Column(name, level, reference))
            pieces.append((codes, order.index(level) if level in order else -1))
    matrix = np.empty((len(columns), len(rows))).T  # column by column, as everybody reads it
    for j, (values, code) in enumerate(pieces):
        matrix[:, j] = values if code is None else values == code
    n_missing = n_of(np.flatnonzero(~complete))
    parts = [f"{name} {count}" for name, count in missing_by_name.items() if count]
    note = f"{n_missing} left out for missing values" + (f" ({', '.join(parts)})" if parts else "")
    return Design(tuple(columns), matrix, rows, each[rows], note if n_missing else "", people)


def is_numeric(values: pd.Series) -> bool:
    """Return whether a covariate enters as it is, not as the levels of a factor."""
    return pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)


def _is_known(codes: np.ndarray, order: list[str]) -> np.ndarray:
    return codes != order.index(UNKNOWN) if UNKNOWN in order else np.ones(len(codes), dtype=bool)


def _levels(seen: list[str], reference: str | None) -> tuple[str, list[str]]:
    """Return the reference and the levels contrasted with it, at least one, of those seen, in the order of strata."""
    for pair in TWO_LEVELS:
        if set(seen) <= set(pair) and reference in (None, *pair):
            return (pair[1], [pair[0]]) if reference == pair[1] else (pair[0], [pair[1]])
    if reference is None:
        reference = seen[0]
    return reference, [level for level in seen if level != reference] or ["other"]
