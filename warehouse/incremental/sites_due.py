"""Finds the sites whose rows are out of date in a table that is updated site by site.

Every row has the newest extract date of its site's imaging as as_of_date. A delivery moves that date for all lesions of
the site, whichever rows it changes.
"""

import duckdb

from warehouse.incremental.change_log import DUE

AS_OF = {
    "quality.lesion_followup": (
        "SELECT l.site, d.as_of_date FROM (SELECT DISTINCT site FROM clean.lesions) l LEFT JOIN ("
        "SELECT site, max(extract_date) AS as_of_date FROM meta.loads "
        "WHERE export = 'imaging_followups' AND status = 'accepted' GROUP BY site) d USING (site)"
    ),
    "quality.overdue_exams": "SELECT DISTINCT site, as_of_date FROM quality.lesion_followup WHERE n_exams_overdue > 0",
}
"""Table -> SELECT of each site and the as_of_date that its rows should have."""


def as_of(table: str, catalogue: str = "") -> str:
    """Return a SELECT of each site and the as_of_date that its rows in `table` (schema.table) have."""
    return f"SELECT DISTINCT site, as_of_date FROM {catalogue}{table}"  # noqa: S608 (own names)


def sites_due(con: duckdb.DuckDBPyConnection, should: str, have: str) -> list[str]:
    """Return the sites of the patients in DUE and those for which the SELECTs of site and as_of_date differ, sorted."""
    found = con.execute(
        f"SELECT site FROM {DUE} UNION SELECT site FROM (({should}) EXCEPT ({have})) "  # noqa: S608 (own text)
        f"UNION SELECT site FROM (({have}) EXCEPT ({should})) ORDER BY site"
    ).fetchall()
    return [site for (site,) in found]
