"""Pictures on the pages of assets.

What belongs here: which tables have one, and handing it to Dagster. What does not: drawing
(analysis/report/output/png_previews.py). A picture lies in Dagster's event store with every run, so it is small; an
erasure takes all of them out, since a curve can show the step of one patient, and the swimmer plot shows each lesion's
course. The flow is counted for the release, and stands there (assets/release.py).
"""

import dagster as dg
import duckdb

from analysis.report.output.png_previews import NEEDS, pictures_of, swimmer_picture
from warehouse.derived import analysis_tables
from warehouse.storage.connection import table_exists
from workflows.report_facts import courses, n_courses

SWIMMER = "lesion_models"
"""The analysis table beside which the course of each lesion is shown: it needs KRAS, which no lesion's table has."""
PICTURED = ("km_curve", "cumulative_incidence", "cox", "logistic", SWIMMER, "subgroups", "ph_residuals")
"""Analysis tables whose asset shows a picture."""


def of_table(con: duckdb.DuckDBPyConnection, name: str) -> dict[str, dg.MetadataValue]:
    """The pictures of analysis.<name>, one of PICTURED, by their names in the metadata."""
    if name == SWIMMER:
        drawn = swimmer_picture(courses(con), n_courses(con))
    else:
        needed = [other for other in NEEDS.get(name, ()) if table_exists(con, "analysis", other)]
        drawn = pictures_of(name, {table: analysis_tables.read(con, table) for table in (name, *needed)})
    return {title: dg.MetadataValue.md(text) for title, text in drawn.items()}
