"""The shape of every analysis table: column types, order of strata, order of rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from schemas.further_genotype import NOT_TESTED

UNKNOWN = "unknown"
OVERALL = "overall"
Z_975 = 1.959963984540054  # the 0.975 quantile of the standard normal distribution

# (reference, contrast) pairs of the registry's columns; other values are ordered as numbers, then as text.
TWO_LEVELS = (
    *(("wild_type", "mutant"), ("false", "true")),
    *(("not_amplified", "amplified"), ("mss", "msi_high"), ("proficient", "deficient")),
)

CLASS = re.compile(r"(<|>=)?\s*(-?[\d.]+)(?:$| to < )")
"""A class of numbers: `< 20`, `20 to < 30` or `>= 30`."""

CODES_APART = 10
"""How many numbers there may be for each row, for them to be taken as codes: sums by code have a place for each."""

_TEXT = {
    "endpoint",
    "level",
    "grouping",
    "stratum",
    "quantity",
    "method",
    "note",
    "model",
    "cohort",
    "analysis",
}
_TEXT |= {"term", "term_level", "reference", "variable", "level_of_variable", "value"}
_TEXT |= {"published", "computed", "estimator", "variant", "site", "quarter", "period", "guard", "state", "sentence"}
_TEXT |= {"claim"}
_TEXT |= {"operator_id", "modality", "session_quarter", "waits_from", "complication_system", "outside_limits"}
_COUNT = {"n", "n_events", "n_censored", "n_at_risk", "n_missing", "cause", "n_tests", "n_known", "n_negative"}
_COUNT |= {"n_sessions", "n_lesions", "n_patients", "n_centres"}
_COUNT |= {"lower_limit_95", "upper_limit_95", "lower_limit_998", "upper_limit_998"}


def tidy(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Return a frame with exactly ``columns``, typed by column name, rows in the order given.

    Text columns hold text and never null (absent is ``""``); counts are nullable integers; the rest is
    float, null where not estimable; ``agrees`` and ``reproduces`` are nullable booleans. An empty table has the same
    types as a full one.
    """
    records = list(rows)
    return pd.DataFrame({name: _column(name, [record.get(name) for record in records]) for name in columns})


def stacked(parts: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Return the same from whole columns: each part has every one of ``columns``, as an array or as one value for all
    its rows, with at least one array; a missing cell is NaN.
    """
    if not parts:
        return tidy([], columns)
    sizes = [max(np.size(values) for values in part.values()) for part in parts]
    whole = {}
    for name in columns:
        kind = object if name in _TEXT else float
        values = [part[name] for part in parts]
        if all(np.ndim(value) == 0 for value in values):
            cells = np.repeat(np.array(values, dtype=kind), sizes)
        else:
            cells = np.concatenate([np.broadcast_to(v, n) for v, n in zip(values, sizes, strict=True)], dtype=kind)
        whole[name] = _counts(cells) if name in _COUNT else cells
    return pd.DataFrame(whole, copy=False)


def _counts(cells: np.ndarray) -> pd.arrays.IntegerArray:
    """Return whole numbers as nullable integers, null where NaN."""
    missing = np.isnan(cells)
    return pd.arrays.IntegerArray(np.where(missing, 0.0, cells).astype(np.int64), missing)


def records_of(table: pd.DataFrame, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows of ``table`` as dictionaries for ``tidy``; columns that it lacks, and missing cells, are None."""
    cells: Any = table.reindex(columns=list(columns)).astype(object)
    return [dict(zip(columns, row, strict=True)) for row in cells.where(cells.notna(), None).to_numpy()]


def _column(name: str, values: list[Any]) -> Any:
    """Return an array, which costs a tenth of a Series."""
    if name in _TEXT:
        return np.array(["" if value is None else str(value) for value in values], dtype=object)
    if name in _COUNT or name == "df":
        return pd.array(values, dtype="Int64")
    if name in ("agrees", "reproduces", "holds_estimate", "holds_published"):
        return pd.array(values, dtype="boolean")
    return np.array([np.nan if value is None else float(value) for value in values], dtype=float)


def as_float(values: pd.Series) -> np.ndarray:
    """Return numbers as float, NaN if missing; takes booleans, nullable types and objects that hold them."""
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_extension_array_dtype(values):
        return values.to_numpy(dtype=float)
    missing = values.isna().to_numpy()
    filled = values.astype(object).to_numpy(copy=True)
    filled[missing] = np.nan
    return filled.astype(float)


def whole_days(values: pd.Series) -> np.ndarray:
    """Return days as float, rounded to a whole number if within 1e-6 of it. Ties are found on these, so days converted
    from months tie like any others.

    >>> from schemas.thresholds import DAYS_PER_MONTH
    >>> whole_days(pd.Series([31, 31 / DAYS_PER_MONTH * DAYS_PER_MONTH])).tolist()
    [31.0, 31.0]
    """
    days = as_float(values)
    nearest = np.rint(days)
    return np.where(np.abs(days - nearest) < 1e-6, nearest, days)


def stratum_labels(values: pd.Series) -> np.ndarray:
    """Return each value as text: booleans as false/true, whole numbers without a point; missing, empty and
    ``not_tested`` as ``unknown``.
    """
    codes, texts = _coded(values)
    return texts[codes]


def stratum_codes(values: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Return (position of each value's label in the order of strata, the labels in that order)."""
    codes, texts = _coded(values)
    order = stratum_order(texts[np.unique(codes)])
    places = {label: place for place, label in enumerate(order)}
    return np.array([places.get(text, -1) for text in texts], dtype=np.int16)[codes], order


def places_of(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (position of each value among the distinct ones, these in order, NaN last), without sorting all."""
    place, uniques = pd.factorize(values, sort=True, use_na_sentinel=False)
    return np.asarray(place), np.asarray(uniques)


def group_codes(values: pd.Series) -> np.ndarray:
    """Return a code from 0 on for each distinct value, -1 where it is missing; whole numbers from 0 on, such as those
    of patients, are codes already.

    >>> group_codes(pd.Series([7, 0, 7])).tolist(), group_codes(pd.Series(["b", None, "a"])).tolist()
    ([7, 0, 7], [0, -1, 1])
    """
    numbers = values.to_numpy()
    if numbers.dtype.kind == "i" and len(numbers) and numbers.min() >= 0 and numbers.max() < CODES_APART * len(numbers):
        return numbers.astype(np.int64)
    return np.asarray(pd.factorize(values)[0])


def n_codes(codes: np.ndarray) -> int:
    """Return how many distinct ones there are of codes 0, 1, ..., such as those of clusters.

    >>> n_codes(np.array([4, 0, 4]))
    2
    """
    return int(np.count_nonzero(np.bincount(codes)))


def _coded(values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return (position of each value's text, texts); the last text, at position -1, is ``unknown``."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes, uniques = values.cat.codes.to_numpy(), values.cat.categories
    else:
        codes, uniques = pd.factorize(values, use_na_sentinel=True)
    texts = np.empty(len(uniques) + 1, dtype=object)
    texts[:] = [*(_label(value) for value in uniques), UNKNOWN]
    return codes, texts


def _label(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    text = str(value).strip()
    return UNKNOWN if text in ("", NOT_TESTED) else text  # to an estimate, no test is as unknown as one that failed


def stratum_order(labels: Iterable[str]) -> list[str]:
    """Return the distinct labels: reference before contrast, numbers by size, text alphabetically, ``unknown`` last.

    >>> stratum_order(["unknown", "mutant", "wild_type"])
    ['wild_type', 'mutant', 'unknown']
    >>> stratum_order(["10", "9", "true", "false"])
    ['false', 'true', '9', '10']
    >>> stratum_order([">= 30", "20 to < 30", "< 20"])
    ['< 20', '20 to < 30', '>= 30']
    """
    paired = [label for pair in TWO_LEVELS for label in pair]

    def place(label: str) -> tuple[int, float, str]:
        if label == UNKNOWN:
            return (3, 0.0, label)
        if label in paired:
            return (0, float(paired.index(label)), label)
        try:
            return (1, float(label), label)
        except ValueError:
            begins = CLASS.match(label)
            return (1, float(begins[2]), "" if begins[1] == "<" else label) if begins else (2, 0.0, label)

    return sorted(set(labels), key=place)


def split(frame: pd.DataFrame, grouping: str) -> list[tuple[str, np.ndarray]]:
    """Return (stratum, row positions) for each value of ``grouping``, in stratum order.

    ``overall`` gives the one stratum ``overall``, even for an empty frame.
    """
    if grouping == OVERALL:
        return [(OVERALL, np.arange(len(frame)))]
    codes, texts = _coded(frame[grouping])
    labels = stratum_order(texts[np.unique(codes)])
    return [(label, np.flatnonzero((texts == label)[codes])) for label in labels]  # several values may share a text


def weights(frame: pd.DataFrame, count: str | None) -> np.ndarray:
    """Return how many subjects each row stands for: the column ``count``, or 1 each."""
    return as_float(frame[count]) if count else np.ones(len(frame))
