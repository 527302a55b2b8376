"""Pictures on the pages of assets.

What belongs here: which tables have one, and handing it to Dagster. What does not: drawing
(analysis/report/pictures.py). A picture lies in Dagster's event store with every run, so it is small; an erasure takes
all of them out, since a curve can show the step of one patient.
"""

from collections.abc import Callable

import dagster as dg
import duckdb

from analysis.report.pictures import pictures_of
from warehouse import analysis_store
from warehouse.second_process import ask

PICTURED = ("km_curve", "cumulative_incidence", "cox")
"""Analysis tables whose asset shows a picture."""


def of_table(con: duckdb.DuckDBPyConnection, name: str) -> Callable[[], dict[str, dg.MetadataValue]]:
    """The pictures of analysis.<name>, one of PICTURED, by their names in the metadata, once they are drawn."""
    drawn = ask(pictures_of, name, analysis_store.read(con, name))
    return lambda: {title: dg.MetadataValue.md(text) for title, text in drawn().items()}
