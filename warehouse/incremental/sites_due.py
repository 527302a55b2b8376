"""Finds the sites whose rows of a table kept site by site are out of date, by comparing two states of the table.

Every row of a site carries the newest extract of its imaging as as_of_date: a delivery moves it for all lesions of the
site, whichever rows it changes.
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
"""Table -> SELECT of site and as_of_date that its rows should have."""


def as_of(table: str, catalogue: str = "") -> str:
    """SELECT of site and as_of_date that the rows of `table` (schema.table) have."""
    return f"SELECT DISTINCT site, as_of_date FROM {catalogue}{table}"  # noqa: S608 (own names)


def sites_due(con: duckdb.DuckDBPyConnection, should: str, have: str) -> list[str]:
    """The sites of the patients in DUE, and those for which the two SELECTs of site and as_of_date differ; sorted."""
    found = con.execute(
        f"SELECT site FROM {DUE} UNION SELECT site FROM (({should}) EXCEPT ({have})) "  # noqa: S608 (own text)
        f"UNION SELECT site FROM (({have}) EXCEPT ({should})) ORDER BY site"
    ).fetchall()
    return [site for (site,) in found]
