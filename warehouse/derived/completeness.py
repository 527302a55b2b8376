"""Builds the quality tables of sql/quality/: how complete the endpoints' data are, and which exams are overdue.

It also reads the frames from which two analyses of data quality are made.
"""

from typing import TYPE_CHECKING

import duckdb

from warehouse.derived.build_order import build_order
from warehouse.storage import content_hashes
from warehouse.storage import table_catalogue as catalogue
from warehouse.storage.sql_files import select_of

if TYPE_CHECKING:
    import pandas as pd

IMAGING_TABLES = tuple(table.name for table in catalogue.COMPLETENESS_TABLES if table.is_by_patient)
"""Tables of schema quality, one SELECT each, that depend only on each patient's own rows."""
SITE_TABLES = tuple(table.name for table in catalogue.COMPLETENESS_TABLES if table.is_by_site)
"""Tables of schema quality, one SELECT each, that depend on each patient's own rows and on the newest extract of the
site's imaging, whose date is in each row as as_of_date."""
COMPLETENESS_TABLES = tuple(table.name for table in catalogue.COMPLETENESS_TABLES)
"""Tables of schema quality, one SELECT each."""


def completeness_order(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the names of COMPLETENESS_TABLES, each after those that it reads."""
    selects = {f"quality.{table}": select_of(f"quality/{table}") for table in COMPLETENESS_TABLES}
    return [table.removeprefix("quality.") for table in build_order(con, selects)]


def build_completeness(con: duckdb.DuckDBPyConnection, table: str) -> int:
    """Build quality.<table>, one of COMPLETENESS_TABLES or scorecard, and return its number of rows."""
    con.execute(f"CREATE OR REPLACE TABLE quality.{table} AS {select_of(f'quality/{table}')}")
    content_hashes.invalidate(con, f"quality.{table}")
    row = con.execute(f"SELECT count(*) FROM quality.{table}").fetchone()  # noqa: S608 (own name)
    return int(row[0]) if row else 0


def observed_times(con: duckdb.DuckDBPyConnection) -> "pd.DataFrame":
    """Return the input of analysis.maturity: endpoint, site, quarter, days, event, count."""
    return con.execute(select_of("quality/observed_times")).df()


def patient_quality_flags(con: duckdb.DuckDBPyConnection) -> "pd.DataFrame":
    """Return whom analysis.quality_sensitivity leaves out: patient (the number, in the order of the keys), has_flags,
    has_set_aside."""
    number = "(row_number() OVER (ORDER BY site, patient_id) - 1)::INTEGER AS patient"
    flags = select_of("quality/patient_quality_flags")
    return con.execute(f"SELECT {number}, has_flags, has_set_aside FROM ({flags})").df()  # noqa: S608 (own text)
