"""Measures the change since the previous release, in rows, missing values and the shape of two distributions.

Each difference is one number; without an earlier release there is nothing to compare.
"""

import math

from schemas.export import Column
from schemas.exports import WATCHED
from schemas.thresholds import MIN_ROWS_FOR_SHAPE
from warehouse.expectations import frames
from warehouse.expectations.frames import HISTOGRAMS, Columns, Database, Key, Measure, Observed
from warehouse.expectations.suites import COUNTED, may_be_missing

SMALLEST_SHARE = 1e-4
"""An empty bin counts as this share, so that its logarithm exists."""
NO_RELEASE = Observed(None, 0, "there is no earlier release")
SHAPES: dict[Key, str] = {
    ("clean.lesions", "drift of diameters"): "diameters",
    ("clean.imaging_followups", "drift of intervals"): "intervals",
}


def observe_drift(now: Database, before: Database | Observed) -> dict[Key, Observed]:
    """Return what was observed, by (table, name), for every expectation that compares with the previous release.

    `before` is that release, or, if there is none or it cannot be read, what to report for all of them.
    """
    observed = {(table, "drift of rows"): _rows(now, before, table) for table in COUNTED}
    for name, export in WATCHED.items():
        for column in filter(may_be_missing, export.columns):
            observed[f"clean.{name}", f"drift of missing {column.name}"] = _missing(
                now, before, f"clean.{name}", column
            )
    return observed | {key: _shape(now, before, name) for key, name in SHAPES.items()}


def _both(now: Database, before: Database | Observed, measure: Measure) -> tuple[Observed, Observed] | Observed:
    """Return the measure now and before, or why it cannot be compared."""
    if isinstance(before, Observed):
        return before
    pair = frames.observe(now, measure), frames.observe(before, measure)
    for one, when in zip(pair, ("now", "before"), strict=True):
        if one.value is None:
            return Observed(None, one.n_rows, f"{when}: {one.note}")
    return pair


def _rows(now: Database, before: Database | Observed, table: str) -> Observed:
    """Return the change of the number of rows, in percent of the number before; -100 % if all rows are gone."""
    pair = _both(now, before, Measure({table: ()}, "count(*)", n="1"))
    if isinstance(pair, Observed):
        return pair
    n_now, n_before = (one.value or 0.0 for one in pair)
    if not n_before:
        return Observed(None, 0, "before: no rows to check")
    return Observed(100.0 * (n_now - n_before) / n_before, int(n_now), "", n_before)


def _missing(now: Database, before: Database | Observed, table: str, column: Column) -> Observed:
    """Return the change of the share of rows without the column (empty or unknown), in percentage points."""
    reads: Columns = {table: (column.name,)}
    is_missing = f"{column.name} IS NULL" + (f" OR {column.name} = 'unknown'" if "unknown" in column.codes else "")
    pair = _both(now, before, Measure(reads, f"100.0 * count(*) FILTER ({is_missing}) / count(*)"))
    if isinstance(pair, Observed):
        return pair
    before_pct = pair[1].value or 0.0
    return Observed((pair[0].value or 0.0) - before_pct, pair[0].n_rows, "", before_pct)


def _shape(now: Database, before: Database | Observed, name: str) -> Observed:
    """Return the population stability index of the histogram compared with the previous release."""
    if isinstance(before, Observed):
        return before
    counts = []
    for database, when in ((now, "now"), (before, "before")):
        below = frames.below_edges(database, HISTOGRAMS[name])
        if isinstance(below, Observed):
            return Observed(None, below.n_rows, f"{when}: {below.note}")
        if below[-1] < MIN_ROWS_FOR_SHAPE:
            return Observed(None, 0, f"{when}: fewer than {MIN_ROWS_FOR_SHAPE} values")
        counts.append([high - low for low, high in zip((0, *below), below, strict=False)])
    return Observed(stability_index(*counts), sum(counts[0]))


def stability_index(now: list[int], before: list[int]) -> float:
    """sum over bins of (p - q) ln(p / q), p and q the shares now and before; 0 where both agree."""
    index = 0.0
    for n_now, n_before in zip(now, before, strict=True):
        p = max(n_now / sum(now), SMALLEST_SHARE)
        q = max(n_before / sum(before), SMALLEST_SHARE)
        index += (p - q) * math.log(p / q)
    return index
