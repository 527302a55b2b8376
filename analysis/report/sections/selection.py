"""Find rows in the tidy tables, tolerating tables and columns that are absent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.report.numbers import is_missing, text

UNKNOWN = "unknown"


def where(frame: pd.DataFrame, **wanted: str) -> pd.DataFrame:
    """Return the rows whose columns equal the wanted texts; empty if a column is absent."""
    if not set(wanted) <= set(frame.columns):
        return frame.iloc[0:0]
    fits = np.full(len(frame), True)
    for column, value in wanted.items():
        fits &= _texts(frame, column) == value
    return frame[fits]


def _texts(frame: pd.DataFrame, column: str) -> np.ndarray:
    """Return the column's cells as texts, '' where it is absent; each distinct cell is put into words once."""
    if column not in frame.columns:
        return np.full(len(frame), text(None), dtype=object)
    places, cells = pd.factorize(frame[column])
    return np.array([*map(text, cells), text(None)], dtype=object)[places]  # a missing cell has place -1


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as dictionaries, in the table's order."""
    names = [str(name) for name in frame.columns]
    cells = zip(*(column.tolist() for _, column in frame.items()), strict=True)
    return [dict(zip(names, row, strict=True)) for row in cells]


def one(frame: pd.DataFrame, **wanted: str) -> dict[str, Any]:
    """The first row that fits, as a dictionary; an empty one when none does."""
    found = records(where(frame, **wanted).head(1))
    return found[0] if found else {}


def distinct(frame: pd.DataFrame, column: str) -> list[str]:
    """The column's values as texts, in order of first appearance."""
    return list(dict.fromkeys(_texts(frame, column))) if column in frame.columns else []


def parts(frame: pd.DataFrame, *columns: str) -> Iterator[tuple[tuple[str, ...], pd.DataFrame]]:
    """Yield the table split by the columns (absent ones count as ''), in order of first appearance."""
    if frame.empty:
        return
    keys = list(zip(*(_texts(frame, name) for name in columns), strict=True))
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    places = np.fromiter((numbers[key] for key in keys), dtype=np.int64, count=len(keys))
    for key, number in numbers.items():
        yield key, frame[places == number]


def known_strata(frame: pd.DataFrame) -> tuple[list[str], int]:
    """Return the strata that are drawn, and how many subjects of unknown status are not drawn (they are drawn if there
    is no other stratum).
    """
    strata = distinct(frame, "stratum")
    known = [stratum for stratum in strata if stratum != UNKNOWN]
    if not known or len(known) == len(strata):
        return strata, 0
    left_out = where(frame, stratum=UNKNOWN)
    return known, int(left_out["n_at_risk"].max())


def by_quantity(frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """quantity -> its row."""
    return {text(row.get("quantity")): row for row in records(frame)}


def share_of(row: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    """(estimate, lower, upper), missing ones as None."""
    values = tuple(None if is_missing(row.get(name)) else row[name] for name in ("estimate", "lower", "upper"))
    return values[0], values[1], values[2]
