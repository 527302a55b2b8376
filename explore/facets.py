"""Counts the values of every column within a cohort, in one pass over a view.

A column that is picked itself is counted as if it were not, so that its other values show whom they would bring.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from explore import words
from explore.attributes import DATE, Attribute, facets_of
from explore.grids import Grid
from explore.picks import MISSING, Chosen, Pick
from schemas.further_genotype import NOT_TESTED, STATUSES
from warehouse.cohorts.attrition import KEY
from warehouse.cohorts.criteria import PATIENTS, Criterion, check

MOST_VALUES = 30
"""Values of a column that are shown, the most frequent first if there are more."""
FURTHER = frozenset(column.name for column in STATUSES)
"""Genes and states of the tumour that are shown where anybody was tested."""


@dataclass(frozen=True)
class Bar:
    """A value or a bin: what a pick of it says, its words, how many of the cohort have it, and of the release."""

    pick: str
    label: str
    n: int
    n_all: int
    is_picked: bool
    low: str = ""
    high: str = ""


@dataclass(frozen=True)
class Facet:
    """A column with its bars and what is picked of it; `grid` if its bars are a histogram."""

    attribute: Attribute
    bars: tuple[Bar, ...]
    pick: Pick | None
    grid: Grid | None = None
    missing: Bar | None = None
    n_more: int = 0

    @property
    def most(self) -> int:
        """Return the largest number of the release in a bar, at least 1."""
        return max([1, *(bar.n_all for bar in self.bars)])


def facets(con: duckdb.DuckDBPyConnection, picks: Sequence[Chosen], view: str, grids: dict[str, Grid]) -> list[Facet]:
    """Return the columns that `view` adds, in order, each with its counts of patients or of lesions.

    QueryFailed if a written condition does not fit.
    """
    shown = facets_of(view)
    conditions = [(pick, _placed(con, pick)) for pick in picks]
    sql = facets_sql(conditions, view, grids)
    counts: dict[int, list[tuple]] = defaultdict(list)
    for row in con.execute(sql).fetchall():
        counts[row[0]].append(row[1:])
    own = {pick.column: pick for pick in picks if isinstance(pick, Pick) and pick.view == view}
    found = []
    for place, attribute in enumerate(shown):
        key = _mask(place, len(shown))
        rows = [(row[place], row[-2], row[-1]) for row in counts[key]]
        facet = _facet(attribute, rows, own.get(attribute.name), grids.get(attribute.name))
        if facet.pick or attribute.name not in FURTHER or _is_tested(facet):
            found.append(facet)
    return found


def _is_tested(facet: Facet) -> bool:
    """Return whether anybody of the release was tested for a further gene or state: else the page need not ask."""
    return any(bar.n_all for bar in facet.bars if bar.pick != NOT_TESTED)


def facets_sql(conditions: Sequence[tuple[Chosen, Criterion]], view: str, grids: dict[str, Grid]) -> str:
    """Return the SELECT: which column (as GROUPING's mask), a value of each, how many of the cohort, and of all."""
    shown = facets_of(view)
    cells = [grids[a.name].sql() if a.name in grids else f"{a.name}::VARCHAR" for a in shown]
    values = "".join(f", {cell} AS f{place}" for place, cell in enumerate(cells))
    names = ", ".join(f"f{place}" for place in range(len(shown)))
    here = [(pick, one) for pick, one in conditions if one.over == view]
    flags = "".join(f", {one.condition} AS c{place}" for place, (_, one) in enumerate(here))
    other = [one.condition for _, one in conditions if one.over != view]
    rows = f"SELECT {KEY}{values}{flags} FROM cohort.{view}"  # noqa: S608 (declared names, the reader's conditions)
    elsewhere = "cohort.lesions" if view == PATIENTS else "cohort.patients"
    met = "true"
    if other:
        linked = f"SELECT DISTINCT {KEY}, true AS is_linked FROM {elsewhere} WHERE {' AND '.join(other)}"  # noqa: S608
        rows, met = f"SELECT * FROM ({rows}) LEFT JOIN ({linked}) USING ({KEY})", "is_linked IS NOT NULL"  # noqa: S608
    whole = " AND ".join([met, *(f"c{place}" for place in range(len(here)))])
    picked = {}
    for name in {pick.column for pick, _ in here if isinstance(pick, Pick)}:
        rest = [f"c{p}" for p, (pick, _) in enumerate(here) if not (isinstance(pick, Pick) and pick.column == name)]
        picked[name] = " AND ".join([met, *rest])
    cases = "".join(
        f" WHEN {_mask(place, len(shown))} THEN count(*) FILTER ({picked[attribute.name]})"
        for place, attribute in enumerate(shown)
        if attribute.name in picked
    )
    counted = f"count(*) FILTER ({whole})"
    counted = f"CASE grouping({names}){cases} ELSE {counted} END" if cases else counted
    sets = ", ".join(f"(f{place})" for place in range(len(shown)))
    return (
        f"SELECT grouping({names}), {names}, {counted} AS n, count(*) AS n_all FROM ({rows}) "  # noqa: S608
        f"GROUP BY GROUPING SETS ({sets})"
    )


def _placed(con: duckdb.DuckDBPyConnection, pick: Chosen) -> Criterion:
    """Return the criterion with the view that it is over."""
    one = pick.criterion
    if isinstance(pick, Pick):
        return Criterion(one.name, one.where, one.is_kept, pick.view)
    return check(con, one).criterion


def _mask(place: int, n: int) -> int:
    """Return GROUPING's number for the rows that are grouped by the column at `place` alone."""
    return (1 << n) - 1 - (1 << (n - 1 - place))


def _facet(attribute: Attribute, rows: list[tuple], pick: Pick | None, grid: Grid | None) -> Facet:
    counts = {value: (n, n_all) for value, n, n_all in rows}
    n, n_all = counts.pop(None, (0, 0))
    missing = Bar(MISSING, words.NO_VALUE, n, n_all, bool(pick and pick.missing)) if n_all else None
    if grid:
        bars = []
        for place in range(grid.n):
            low, high = grid.limits(place)
            own = counts.get(place, (0, 0))
            is_in = _is_within(grid, place, pick)
            bars.append(Bar(f"{low}..{high}", grid.label(place), *own, is_in, low, high))
        return Facet(attribute, tuple(bars), pick, grid, missing)
    picked = pick.values if pick else ()
    for value in (*attribute.codes, *picked):  # a recipe may leave out a code that nobody has today
        counts.setdefault(value, (0, 0))
    ordered = _in_order(attribute, counts)
    shown = [v for v in ordered if v in picked or v in ordered[:MOST_VALUES]]
    bars = [Bar(v, words.value(attribute.name, v), *counts[v], v in picked) for v in shown]
    return Facet(attribute, tuple(bars), pick, None, missing, len(ordered) - len(shown))


def _in_order(attribute: Attribute, counts: dict[str, tuple[int, int]]) -> list[str]:
    """Return the values: codes as they are declared, numbers by size, others by how many have them."""
    if attribute.codes:
        place = {code: at for at, code in enumerate(attribute.codes)}
        return sorted(counts, key=lambda value: (place.get(value, len(place)), value))
    if attribute.type == "BOOLEAN":
        return [value for value in ("true", "false") if value in counts]
    if attribute.kind != "choice":
        return sorted(counts, key=float)
    if len(counts) <= MOST_VALUES:
        return sorted(counts)
    return sorted(counts, key=lambda value: (-counts[value][1], value))


def _is_within(grid: Grid, place: int, pick: Pick | None) -> bool:
    """Whether some of the bin lies in the picked range."""
    if pick is None or not (pick.low or pick.high):
        return False
    low, high = (on_axis(grid.attribute, end) for end in grid.limits(place))
    first, last = on_axis(grid.attribute, pick.low), on_axis(grid.attribute, pick.high)
    first, last = -math.inf if first is None else first, math.inf if last is None else last
    low, high = -math.inf if low is None else low, math.inf if high is None else high
    return low <= last and first <= high if grid.attribute.is_whole else low < last and first < high


def on_axis(attribute: Attribute, text: str) -> float | None:
    """Return a value as a number that can be compared, a date as its day; None for ''."""
    if not text:
        return None
    return float(date.fromisoformat(text).toordinal()) if attribute.kind == DATE else float(text)
