"""Makes the tables of the service from what the database counts, as the home's registry.toml asks (`service`)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import duckdb

from warehouse.derived import service_counts
from warehouse.storage.home_settings import OFF, OPERATORS

if TYPE_CHECKING:
    import pandas as pd


def service_table(con: duckdb.DuckDBPyConnection, name: str, service: str) -> "pd.DataFrame":
    """Return analysis.<name>, without rows if the service is off."""
    made = MAKERS[name](con, service)
    return made.iloc[:0] if service == OFF else made


def _volumes(con: duckdb.DuckDBPyConnection, service: str) -> "pd.DataFrame":
    from analysis.service.volumes import volumes

    return volumes(service_counts.counted(con, "volumes", by_operator=service == OPERATORS))


def _waiting(con: duckdb.DuckDBPyConnection, _: str) -> "pd.DataFrame":
    from analysis.service.waiting import waiting

    return waiting(service_counts.counted(con, "waits"))


def _outcomes(con: duckdb.DuckDBPyConnection, _: str) -> "pd.DataFrame":
    from analysis.service.outcomes import outcomes
    from analysis.service.severity import severities

    graded = service_counts.complications(con, severities(service_counts.grades(con)))
    return outcomes(service_counts.counted(con, "lesions"), graded)


def _followup(con: duckdb.DuckDBPyConnection, _: str) -> "pd.DataFrame":
    from analysis.service.followup import followup

    return followup(service_counts.counted(con, "followup"))


MAKERS: dict[str, Callable[[duckdb.DuckDBPyConnection, str], "pd.DataFrame"]] = {
    "service_volumes": _volumes,
    "service_waiting": _waiting,
    "service_outcomes": _outcomes,
    "service_followup": _followup,
}
"""Table of the service -> the function that makes it from an open database and the setting."""
