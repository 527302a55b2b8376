"""Tests that an endpoint's definition decides whether it has a competing event, whoever is in the cohort."""

from __future__ import annotations

import duckdb

from warehouse.derived.endpoint_definitions import competing, definitions_of, header_for
from warehouse.derived.numbered_tables import Times
from warehouse.storage.sql_files import select_of


def test_the_header_names_what_competes() -> None:
    """``competing: none``, with a remark or without, is no; anything else is yes."""
    found = competing()
    assert {endpoint for (endpoint, _), competes in found.items() if competes} == {
        "A_LTPFS",
        "CSS",
        "STFI",
        "TTLTP",
        "TTP",
        "TTUP",
        "TT_NEWLIVER",
    }
    assert {endpoint for (endpoint, _), competes in found.items() if not competes} == {
        "DDFS",
        "DFS",
        "IHPFS",
        "LTPFS",
        "LTPFS_STUDY",
        "OS",
        "PFS",
    }


def test_each_endpoint_of_a_shared_file_has_its_own_header() -> None:
    """Of TTLTP and LTPFS, made by one SELECT, death competes with the first alone; a header for no endpoint is the
    first.
    """
    sql = select_of("endpoints/ttltp_ltpfs_patient")
    assert header_for(sql, "LTPFS")["competing"] == "none"
    assert header_for(sql, "TTLTP") == header_for(sql, "ANOTHER") != header_for(sql, "LTPFS")
    assert header_for("SELECT 1", "LTPFS") == {}


def test_a_definition_gives_its_own_rows_alone() -> None:
    """The SELECT of LTPFS, which shares a file with TTLTP, gives LTPFS, with death as event 1 and not 2."""
    with duckdb.connect() as con:
        con.execute("CREATE SCHEMA derived")
        con.execute(
            "CREATE TABLE derived.patient_progression AS SELECT 'a' AS site, 'P' AS patient_id, true AS is_evaluable, "
            "DATE '2020-01-01' AS first_ablation_date, NULL::DATE AS ltp_date, DATE '2021-01-01' AS death_date, "
            "DATE '2020-06-01' AS all_assessed_until_date, NULL::VARCHAR AS ltp_key, '' AS all_assessed_until_key"
        )
        con.execute(
            "CREATE TABLE derived.patient_treatments "
            "(site VARCHAR, patient_id VARCHAR, removed_date DATE, removed_key VARCHAR)"
        )
        found = {
            name: con.sql(next(one.select for one in definitions_of(name) if one.level == "patient"))
            .project("endpoint, event, definition")
            .fetchall()
            for name in ("LTPFS", "TTLTP")
        }
    assert found == {"LTPFS": [("LTPFS", 1, "LTPFS v1")], "TTLTP": [("TTLTP", 2, "TTLTP v1")]}


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
