"""Equal subjects counted together: what curves, tests and models need of a registry does not grow with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.tidy import as_float, places_of, stratum_codes

COUNT = "count"
KIND = "kind"
_NEAR = 100_000.0  # whole numbers no further apart than this are told apart by their distance from the smallest


def compress(frame: pd.DataFrame, columns: Sequence[str], count: str | None = None) -> pd.DataFrame:
    """Return the distinct rows of ``columns`` with how often each occurs (``count``), in a fixed order.

    Estimates over counted rows equal those over the rows themselves, and cost no more at a million patients
    than at ten thousand. Columns are numbers or categories and come back as they are; missing is a value of its own.
    ``count`` names a column that says how many subjects a row of ``frame`` stands for already.
    """
    return counted_rows(frame, columns, count)[0]


def counted_rows(
    frame: pd.DataFrame, columns: Sequence[str], count: str | None = None
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the same, and for each row of ``frame`` which of the distinct rows it is."""
    place, first = distinct_rows(frame, columns)
    counts = np.bincount(place, weights=as_float(frame[count]) if count else None, minlength=len(first))
    distinct = frame[list(columns)].iloc[first].reset_index(drop=True)
    return distinct.assign(**{COUNT: counts.astype(np.int64)}), place


def distinct_rows(frame: pd.DataFrame, columns: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return (for each row, which distinct row of ``columns`` it is; the position of the first row of each), the
    distinct rows in the order of their values, missing numbers last and missing categories first.
    """
    codes, n_codes = np.zeros(len(frame), dtype=np.int64), 1
    for name in columns:
        own, n_values = _codes(frame[name])
        if n_codes * n_values > np.iinfo(np.int64).max:
            codes, uniques = places_of(codes)
            n_codes = len(uniques)
        codes, n_codes = codes * n_values + own, n_codes * n_values
    place, uniques = places_of(codes)
    first = np.empty(len(uniques), dtype=np.int64)
    first[place[::-1]] = np.arange(len(place))[::-1]  # the last one written is the first row
    return place, first


def _codes(values: pd.Series) -> tuple[np.ndarray, int]:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.codes.to_numpy().astype(np.int64) + 1, len(values.cat.categories) + 1
    numbers = as_float(values)
    if len(numbers) and np.isfinite(numbers).all() and np.ptp(numbers) < _NEAR and (numbers == np.rint(numbers)).all():
        return (numbers - numbers.min()).astype(np.int64), int(np.ptp(numbers)) + 1  # days are codes already
    place, uniques = places_of(numbers)
    return place, max(len(uniques), 1)


def as_categories(values: pd.Series) -> pd.Series:
    """Return ``values`` as text categories in stratum order, missing as ``unknown``: equal data give equal codes."""
    codes: Any
    codes, order = stratum_codes(values)
    return pd.Series(pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(order)), index=values.index)


def at(values: np.ndarray, places: np.ndarray, missing: object) -> np.ndarray:
    """Return the values at these places, ``missing`` at place -1."""
    return np.append(values, np.asarray([missing], dtype=values.dtype))[places]


class Profiles:
    """The factors of many subjects: the distinct combinations, and which of them each subject has."""

    def __init__(self, factors: pd.DataFrame):
        """Take one row of categories, or numbers, for each subject, in the order of the subjects' numbers."""
        place, first = distinct_rows(factors, [str(name) for name in factors])
        of_nobody = factors.iloc[:1].reindex([-1])
        self._distinct = pd.concat([factors.iloc[first], of_nobody], ignore_index=True).astype(factors.dtypes)
        self.kinds = place.astype(np.int32)
        """Which of the combinations each subject has, by the subject's number."""
        self.nobody = len(self._distinct) - 1
        """The combination of a subject who is not among them: all missing."""

    def of(self, subjects: np.ndarray) -> pd.DataFrame:
        """Return the factors of the subjects with these numbers; missing for -1, a subject who is not known."""
        return self._spelled(self._at(subjects))

    def counted(self, columns: pd.DataFrame, subjects: np.ndarray | pd.Series) -> pd.DataFrame:
        """Return the distinct rows of ``columns`` (numbers) with the factors of each row's subject, and ``count``."""
        more: dict[str, Any] = {KIND: self._at(np.asarray(subjects)), COUNT: 1}
        return self.with_factors(columns.assign(**more))

    def with_factors(self, counts: pd.DataFrame) -> pd.DataFrame:
        """Return the distinct rows of ``counts`` with the factors of each in place of KIND, and ``count``. ``counts``
        has numbers, KIND and COUNT; the rows of equal subjects may be several."""
        columns = [str(name) for name in counts if name not in (KIND, COUNT)]
        found = compress(counts, [*columns, KIND], COUNT)
        return pd.concat([found[columns], self._spelled(found[KIND].to_numpy()), found[[COUNT]]], axis=1)

    def _spelled(self, kinds: np.ndarray) -> pd.DataFrame:
        return self._distinct.take(kinds).reset_index(drop=True)

    def _at(self, subjects: np.ndarray) -> np.ndarray:
        return at(self.kinds, subjects, self.nobody)
