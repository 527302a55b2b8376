"""Divides the numbers and dates of a release into the bins of histograms, with ends that a person would choose."""

import math
from dataclasses import dataclass
from datetime import date

import duckdb

from explore.attributes import CHOICE, DATE, Attribute, facets_of
from warehouse.cohorts.terms import number

MOST_BINS = 14
FEW_VALUES = 8
"""A column of at most so many whole numbers is chosen value by value."""
SKEWED = 3.0
"""The last bin is open where the largest value is so many times as far out as the 98th percentile."""
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Grid:
    """Bins of equal width: `n` from `low` on, the last one open if `is_open`. Of dates, `low` is a year."""

    attribute: Attribute
    low: float
    width: float
    n: int
    is_open: bool

    def sql(self) -> str:
        """Return the SQL of the bin's place, 0 to n - 1; null for no value."""
        column = f"year({self.attribute.name})" if self.attribute.kind == DATE else self.attribute.name
        place = f"floor(({column} - {self.low!r}) / {self.width!r})::INTEGER"
        return f"CASE WHEN {self.attribute.name} IS NOT NULL THEN greatest(0, least({self.n - 1}, {place})) END"

    def limits(self, place: int) -> tuple[str, str]:
        """Return the bin's range as a pick says it; '' where it is open."""
        first = self.low + place * self.width
        if self.attribute.kind == DATE:
            return f"{int(first):04d}-01-01", f"{int(first + self.width) - 1:04d}-12-31"
        last = first + self.width - (1 if self.attribute.is_whole else 0)
        return number(round(first, 9)), "" if self.is_open and place == self.n - 1 else number(round(last, 9))

    def label(self, place: int) -> str:
        """Return the bin in words: '10 to under 20', '3', '50 to 54', '200 or more', '2015'."""
        low, high = self.limits(place)
        if self.attribute.kind == DATE:
            return low[:4] if low[:4] == high[:4] else f"{low[:4]} to {high[:4]}"
        if not high:
            return f"{low} or more"
        if self.attribute.is_whole:
            return low if low == high else f"{low} to {high}"
        return f"{low} to under {high}"


def grids_of(con: duckdb.DuckDBPyConnection, view: str) -> dict[str, Grid]:
    """Return the grid of each column of numbers or dates; those without a value, or with few, have none."""
    own = [attribute for attribute in facets_of(view) if attribute.kind != CHOICE]
    asked = ", ".join(
        f"min({a.name}), max({a.name}), quantile_disc({a.name}, 0.98), count(DISTINCT {a.name})" for a in own
    )
    row = con.execute(f"SELECT {asked} FROM cohort.{view}").fetchone() or ()  # noqa: S608 (declared names)
    found = {}
    for place, attribute in enumerate(own):
        low, high, most, n_values = row[4 * place : 4 * place + 4]
        if low is None or (attribute.kind != DATE and attribute.is_whole and n_values <= FEW_VALUES):
            continue
        found[attribute.name] = grid_of(attribute, *(_as_number(end) for end in (low, high, most)))
    return found


def grid_of(attribute: Attribute, low: float, high: float, most: float) -> Grid:
    """Return at most MOST_BINS bins from `low` to `high`; if `high` is far beyond `most`, the last one is open."""
    is_open = attribute.kind != DATE and high - low > SKEWED * max(most - low, 0.0) and most > low
    end = most if is_open else high
    width = _nice((end - low) / (MOST_BINS - 1), attribute.is_whole)
    first = math.floor(low / width) * width
    n = int(math.floor((end - first) / width)) + (2 if is_open else 1)
    return Grid(attribute, first, width, n, is_open)


def _nice(least: float, is_whole: bool) -> float:
    if least <= 0:
        return 1.0
    size = 10.0 ** math.floor(math.log10(least))
    width = next(step * size for step in STEPS if step * size >= least * (1 - 1e-9))
    return max(1.0, math.ceil(width)) if is_whole else width


def _as_number(value: float | date) -> float:
    return float(value.year) if isinstance(value, date) else float(value)
