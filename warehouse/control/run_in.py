"""Says which sites are in their run-in: the first quarters of a new site, in which its people learn.

The run-in lasts as many quarters as quality.run_in says, and begins with the quarter of the site's first session. A
site is in it while its newest delivery was extracted within these quarters. No clock is read.
"""

from typing import TYPE_CHECKING

import duckdb

from warehouse.control.quarters import name_of, number_of_day
from warehouse.storage.connection import table_exists

if TYPE_CHECKING:
    import pandas as pd

LENGTHS = """
    SELECT r.site, r.newest_extract_date, r.run_in_quarters, f.first_session_date
    FROM quality.run_in r
    LEFT JOIN (
        SELECT site, min(session_date) AS first_session_date FROM clean.rfa_sessions GROUP BY site
    ) f USING (site)
    ORDER BY r.site
"""
SHOWN = ("site", "newest_extract_date", "run_in_quarters", "ends", "is_run_in")


def ends_of_run_in(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Return the number of the last quarter of each site's run-in, without the sites that have none or no session."""
    return {
        site: number_of_day(first) + quarters - 1
        for site, _, quarters, first in con.execute(LENGTHS).fetchall()
        if quarters and first is not None
    }


def sites_in_run_in(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Return the sites that are in their run-in now; none in a database that does not say."""
    if not table_exists(con, "quality", "run_in"):
        return set()
    ends = ends_of_run_in(con)
    newest = con.execute("SELECT site, newest_extract_date FROM quality.run_in").fetchall()
    return {site for site, day in newest if site in ends and number_of_day(day) <= ends[site]}


def shown(con: duckdb.DuckDBPyConnection) -> "pd.DataFrame":
    """Return the run-in of each site: site, newest_extract_date, run_in_quarters, ends (quarter), is_run_in."""
    import pandas as pd

    if not table_exists(con, "quality", "run_in"):
        return pd.DataFrame(columns=SHOWN)
    ends, now = ends_of_run_in(con), sites_in_run_in(con)
    rows = con.execute("SELECT site, newest_extract_date, run_in_quarters FROM quality.run_in ORDER BY site").fetchall()
    named = {site: name_of(end) for site, end in ends.items()}
    return pd.DataFrame([(*row, named.get(row[0]), row[0] in now) for row in rows], columns=SHOWN)
