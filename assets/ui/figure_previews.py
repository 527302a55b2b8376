"""Puts pictures on the pages of assets.

Dagster's event store keeps a picture with every run, so pictures are small. An erasure removes all of them, because a
curve can show the step of one patient, and the swimmer plot shows each lesion's course. The picture of the patient flow
is on the release's page (assets/release.py).
"""

import dagster as dg
import duckdb

from analysis.report.output.png_previews import NEEDS, pictures_of, swimmer_picture
from analysis.report.shown_rows import SHOWN
from warehouse.derived import analysis_tables
from warehouse.storage.connection import table_exists
from workflows.report_facts import courses, n_courses

SWIMMER = "lesion_models"
"""The analysis table whose page shows the course of each lesion: the plot needs KRAS, which no lesion table has."""
PICTURED = ("km_curve", "cumulative_incidence", "cox", "logistic", SWIMMER, "subgroups", "ph_residuals")
"""Analysis tables whose page shows a picture."""


def of_table(con: duckdb.DuckDBPyConnection, name: str) -> dict[str, dg.MetadataValue]:
    """Return the pictures of analysis.<name>, one of PICTURED, by their names in the asset's metadata."""
    if name == SWIMMER:
        drawn = swimmer_picture(courses(con), n_courses(con))
    else:
        needed = (name, *(other for other in NEEDS.get(name, ()) if table_exists(con, "analysis", other)))
        drawn = pictures_of(name, {table: analysis_tables.read(con, table, SHOWN.get(table)) for table in needed})
    return {title: dg.MetadataValue.md(text) for title, text in drawn.items()}
