"""Which endpoints have a competing event is what their definitions say, whoever is in the cohort."""

from __future__ import annotations

import duckdb

from warehouse.derived.analysis_tables import Times
from warehouse.derived.endpoint_definitions import competing


def test_the_header_names_what_competes() -> None:
    """``competing: none``, with a remark or without, is no; anything else is yes."""
    found = competing()
    assert {endpoint for (endpoint, _), competes in found.items() if competes} == {
        "A_LTPFS",
        "CSS",
        "TTLTP",
        "TTP",
        "TT_NEWLIVER",
    }
    assert {endpoint for (endpoint, _), competes in found.items() if not competes} == {
        "DDFS",
        "IHPFS",
        "LTPFS",
        "LTPFS_STUDY",
        "OS",
        "PFS",
    }


def test_a_cohort_without_deaths_changes_nothing() -> None:
    """TTP of subjects none of whom died competes, OS does not; one without a definition is judged by its rows."""
    with duckdb.connect() as con:
        con.execute("CREATE SCHEMA derived")
        con.execute(
            "CREATE TABLE derived.time_to_event AS SELECT * FROM (VALUES ('TTP', 'patient', 0), ('TTP', 'patient', 1), "
            "('OS', 'patient', 0), ('WITH_TWO', 'patient', 2), ('WITHOUT', 'patient', 1)) AS t(endpoint, level, event)"
        )
        found = {endpoint: competes for (endpoint, _), competes in Times(con).endpoints()}
    assert found == {"OS": False, "TTP": True, "WITHOUT": False, "WITH_TWO": True}
