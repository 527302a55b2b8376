"""Which sites' rows of a table that is kept site by site are not what they should be any more.

What belongs here: comparing what two states of the table were made for. What does not: making them
(bring_up_to_date.py) and releasing them (release_tables.py). Every row of a site carries the newest extract of its
imaging as as_of_date: a delivery moves it for all of the site's lesions, whoever's rows it changes.
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
