"""Makes quality.control_charts: each share by site and quarter, with its center, its limits and what is a signal.

A chart is drawn for each measure and site. Its center is the share of the site's complete quarters after the run-in,
but for the newest, which it judges; fewer than MIN_CHART_QUARTERS such quarters give none. A quarter in the run-in, or
not complete, is never a signal. `is_drift` marks a signal in the newest complete quarter: that is what is said.
"""

from datetime import date
from itertools import groupby

import duckdb
import polars as pl

from schemas.measures import MEASURES, Measure
from schemas.thresholds import FEW_IN_QUARTER, MIN_CHART_QUARTERS
from warehouse.control.p_chart import Point, center_of, p_chart
from warehouse.control.quarters import name_of, newest_complete, number_of
from warehouse.control.run_in import ends_of_run_in
from warehouse.storage.sql_files import select_of

COLUMNS = {
    "measure": pl.String(),
    "site": pl.String(),
    "quarter": pl.String(),
    "n_with": pl.Int64(),
    "n_of": pl.Int64(),
    "share": pl.Float64(),
    "center": pl.Float64(),
    "lower_limit": pl.Float64(),
    "upper_limit": pl.Float64(),
    "signal": pl.String(),
    "is_complete": pl.Boolean(),
    "is_run_in": pl.Boolean(),
    "is_drift": pl.Boolean(),
}
AS_OF = """
    SELECT site, export, max(extract_date) FROM meta.loads
    WHERE status = 'accepted' AND export <> 'answers' GROUP BY ALL
"""
Series = list[tuple[int, int, int]]
"""Of one measure and site, in order: number of the quarter, cases with the property, cases."""


def write_charts(con: duckdb.DuckDBPyConnection) -> None:
    """Write quality.control_charts."""
    ends, as_of = ends_of_run_in(con), _newest_extracts(con)
    lengths = dict(con.execute("SELECT site, run_in_quarters FROM quality.run_in").fetchall())
    rows: list[tuple] = []
    counted = con.execute(select_of("quality/site_measures")).fetchall()
    for (name, site), found in groupby(counted, key=lambda row: (row[0], row[1])):
        measure, series = MEASURES[name], [(number_of(quarter), k, n) for *_, quarter, k, n in found]
        newest = as_of.get((site, measure.export))
        complete = newest_complete(newest, measure.settled_days) if newest else None
        end = ends.get(site) if measure.export else series[0][0] + lengths.get(site, 0) - 1
        rows += charted(measure, site, series, complete, end)
    con.register("charted", pl.DataFrame(rows, schema=COLUMNS, orient="row").to_arrow())
    con.execute("CREATE OR REPLACE TABLE quality.control_charts AS FROM charted ORDER BY measure, site, quarter")
    con.unregister("charted")


def _newest_extracts(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], date]:
    """Return the newest extract date by site and export, and by site alone (export empty)."""
    found: dict[tuple[str, str], date] = {}
    for site, export, newest in con.execute(AS_OF).fetchall():
        found[site, export] = newest
        found[site, ""] = max(newest, found.get((site, ""), newest))
    return found


def charted(measure: Measure, site: str, series: Series, newest: int | None, end_of_run_in: int | None) -> list[tuple]:
    """Return the rows of one chart. `newest` is the newest complete quarter, None if there is none."""
    complete = [newest is not None and quarter <= newest for quarter, *_ in series]
    in_run_in = [end_of_run_in is not None and quarter <= end_of_run_in for quarter, *_ in series]
    judged = [place for place in range(len(series)) if complete[place] and not in_run_in[place]]
    before = [series[place][1:] for place in judged if series[place][0] != newest]
    center = center_of(before) if len(judged) >= MIN_CHART_QUARTERS else None
    points = _points([(k, n) for _, k, n in series], judged, center)
    rows = []
    for place, (quarter, k, n) in enumerate(series):
        point = points[place]
        is_drift = bool(point.signal) and quarter == newest and n >= FEW_IN_QUARTER
        counts = (measure.name, site, name_of(quarter), k, n, point.share, center, point.lower, point.upper)
        rows.append((*counts, point.signal, complete[place], in_run_in[place], is_drift))
    return rows


def _points(counts: list[tuple[int, int]], judged: list[int], center: float | None) -> list[Point]:
    """Return each quarter on the chart. Only those at the places in `judged` can be signals, and a run is of them."""
    if center is None:
        return [Point(k / n, None, None) for k, n in counts]
    drawn = [Point(point.share, point.lower, point.upper) for count in counts for point in p_chart([count], center)]
    for place, point in zip(judged, p_chart([counts[place] for place in judged], center), strict=True):
        drawn[place] = point
    return drawn
