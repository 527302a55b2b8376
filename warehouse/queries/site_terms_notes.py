"""Finds what to say about sites over time: shares that drift, and thresholds that are no longer in force.

Both come from a release or the build database (quality.control_charts, quality.thresholds). A database of an earlier
version has neither table and says nothing.
"""

from collections.abc import Iterator

import duckdb

from schemas.measures import MEASURES
from schemas.thresholds import RUN_LENGTH
from warehouse.storage.connection import table_exists

Found = tuple[str, str, str, str]
"""Site, what it is about, its place in time or its file, and the sentence."""
DRIFTS = """
    SELECT site, measure, quarter, n_of, share, center, lower_limit, upper_limit, signal
    FROM {}quality.control_charts WHERE is_drift ORDER BY site, measure
"""
ENDED = """
    SELECT site, rule_id, aspect, threshold_pct, until, state
    FROM {}quality.thresholds WHERE state <> 'active' ORDER BY site, rule_id, aspect
"""
FILE = "site.toml"
NEAR_NONE, ALL = 5, 100
"""Percent from 0 or 100 within which a share is shown with a digit."""


def is_charted(con: duckdb.DuckDBPyConnection, catalogue: str = "") -> bool:
    """Return whether the database has control charts."""
    return table_exists(con, f"{catalogue}.quality" if catalogue else "quality", "control_charts")


def drifts(con: duckdb.DuckDBPyConnection, catalogue: str = "") -> Iterator[Found]:
    """Yield the signals in the newest complete quarter of each site."""
    if not is_charted(con, catalogue):
        return
    for site, name, quarter, n, share, center, lower, upper, signal in con.execute(
        DRIFTS.format(f"{catalogue}." if catalogue else "")
    ).fetchall():
        measure = MEASURES.get(name)
        label, unit = (measure.label, measure.unit) if measure else (name, "cases")
        said = f"{label} in {_pct(share)} % of {n:,} {unit}"
        limits = f"limits {_pct(lower)} to {_pct(upper)} % around the site's {_pct(center)} %"
        side = "below" if share < center else "above"
        run = f": the last {RUN_LENGTH} quarters or more are {side}" if signal == "run" else ""
        yield site, name, quarter, f"{said}{run}; {limits}."


def ended_thresholds(con: duckdb.DuckDBPyConnection, catalogue: str = "") -> Iterator[Found]:
    """Yield the thresholds of sites that are expired, or whose rule is not in force."""
    if not table_exists(con, f"{catalogue}.quality" if catalogue else "quality", "thresholds"):
        return
    for site, rule_id, aspect, pct, until, state in con.execute(
        ENDED.format(f"{catalogue}." if catalogue else "")
    ).fetchall():
        named = f"{rule_id}: {aspect}" if aspect else rule_id
        if state == "expired":
            why = f"The threshold of {named} ({pct:g} %) ended on {until}; the rule's own counts. Renew or remove it."
        else:
            why = f"The threshold is for {named}, which is no rule in force. Correct the rule, or remove the threshold."
        yield site, named, FILE, why


def _pct(share: float) -> str:
    """Return a share in percent, with one digit where whole numbers would hide how near it is to 0 or 100.

    >>> _pct(0.614), _pct(0.004), _pct(0.996), _pct(1.0)
    ('61', '0.4', '99.6', '100')
    """
    pct = 100 * share
    is_near_end = 0 < pct < NEAR_NONE or ALL - NEAR_NONE < pct < ALL
    return f"{pct:.1f}" if is_near_end else f"{pct:.0f}"
