"""Makes measurements: each column of a clean row without a place of its own in OMOP is one that modifies its event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from interchange.omop.events import MEASUREMENT, PROCEDURE
from schemas.export import Column
from schemas.exports import EXPORTS
from warehouse.sources.sql_presets.terms import KNOWN_IDS, REGISTRY, own_terms
from warehouse.storage.sql_files import sql_text

CONDITION = KNOWN_IDS["field.condition_occurrence"]
LONGEST = 50
UNITS: Mapping[str, str] = {
    "_mm": "mm",
    "_ng_ml": "ng/mL",
    "_months": "mo",
    "_w": "W",
    "_min": "min",
    "_percent": "%",
}
"""How a column's name ends -> its unit in UCUM."""
OWN = ("lesion_status", "distance_to_zone_mm")
"""Columns of imaging that are of a lesion, not of the exam."""


def make_measurements(con: duckdb.DuckDBPyConnection) -> None:
    """Make measurement: genotypes first, then the status of each lesion at each exam, then what modifies an event.

    A text longer than OMOP holds stands in a note of its measurement.
    """
    n_tests = _count(con, "omop.tests")
    n_first = n_tests + _count(con, "omop.statuses")
    con.execute(f"""
        CREATE TABLE omop.fact AS
        SELECT test_no AS id, person_id, 'genotypes' AS term, day, NULL::DOUBLE AS number, result AS value,
            'genotypes.result' AS of_term, gene AS source, NULL::BIGINT AS event_id, NULL::BIGINT AS field
        FROM omop.tests UNION ALL
        SELECT {n_tests} + status_no, person_id, 'imaging_followups.lesion_status', exam_date, NULL, lesion_status,
            'imaging_followups.lesion_status', 'imaging_followups.lesion_status', procedure_id, {PROCEDURE}
        FROM omop.statuses
    """)  # noqa: S608 (own names)
    condition = (
        "(SELECT p.*, w.person_id, w.first_day AS day, w.person_id AS id FROM clean.patients p JOIN omop.person w "
        "ON w.site = p.site AND w.person_source_value = p.patient_id WHERE p.origin = 'patients')"
    )
    facts = [
        _facts("patients", condition, "id", "day", CONDITION),
        _facts("rfa_sessions", "omop.sessions", "procedure_id", "session_date", PROCEDURE),
        _facts("genotypes", "omop.tests", "test_no", "day", MEASUREMENT),
        _facts("imaging_followups", "omop.exams", "procedure_id", "exam_date", PROCEDURE, without=OWN),
        _facts(
            "imaging_followups", "omop.statuses", f"{n_tests} + status_no", "exam_date", MEASUREMENT, OWN[:1], OWN[1:]
        ),
        _facts("treatments", "omop.treatments", "procedure_id", "start_date", PROCEDURE),
    ]
    numbered = " UNION ALL ".join(f"SELECT {part} AS part, * FROM {sql}" for part, sql in enumerate(facts))  # noqa: S608 (own names)
    con.execute(f"""
        INSERT INTO omop.fact
        SELECT
            {n_first} + row_number() OVER (ORDER BY part, event_id, fact.place), person_id, fact.term, day, fact.number,
            fact.value, fact.term, fact.term, event_id, field
        FROM ({numbered}) WHERE fact.number IS NOT NULL OR fact.value IS NOT NULL
    """)  # noqa: S608 (own names)
    units = " ".join(f"WHEN f.term LIKE {sql_text('%' + end)} THEN {sql_text(unit)}" for end, unit in UNITS.items())
    con.execute(f"""
        CREATE TABLE omop.measurement AS
        SELECT
            f.id AS measurement_id, f.person_id, t.concept_id AS measurement_concept_id, f.day AS measurement_date,
            {REGISTRY} AS measurement_type_concept_id, f.number AS value_as_number, v.concept_id AS value_as_concept_id,
            CASE WHEN f.number IS NOT NULL THEN 0 END AS unit_concept_id, f.source AS measurement_source_value,
            t.concept_id AS measurement_source_concept_id,
            CASE WHEN f.number IS NOT NULL THEN CASE {units} END END AS unit_source_value,
            f.value[:{LONGEST}] AS value_source_value, f.event_id AS measurement_event_id,
            f.field AS meas_event_field_concept_id
        FROM omop.fact f JOIN omop.term t USING (term)
        LEFT JOIN omop.term v ON v.term = f.of_term || '=' || f.value
    """)  # noqa: S608 (own names)
    con.execute(f"""
        CREATE TABLE omop.note AS
        SELECT
            row_number() OVER (ORDER BY id) AS note_id, person_id, day AS note_date, {REGISTRY} AS note_type_concept_id,
            0 AS note_class_concept_id, term AS note_title, value AS note_text, 0 AS encoding_concept_id,
            0 AS language_concept_id, term AS note_source_value, id AS note_event_id,
            {MEASUREMENT} AS note_event_field_concept_id
        FROM omop.fact WHERE length(value) > {LONGEST}
    """)  # noqa: S608 (own names)


def _facts(
    export: str,
    rows: str,
    event_id: str,
    day: str,
    field: int,
    without: Sequence[str] = (),
    only: Sequence[str] = (),
) -> str:
    """Return SQL of one fact for each column of the rows that has a term of its own; empty ones are among them."""
    terms = {term.term for term in own_terms()}
    columns = [
        column
        for column in EXPORTS[export].columns
        if f"{export}.{column.name}" in terms and column.name not in without and (not only or column.name in only)
    ]
    structs = ", ".join(_fact(export, place, column) for place, column in enumerate(columns))
    return (
        f"(SELECT person_id, {day} AS day, {event_id} AS event_id, {field} AS field, "  # noqa: S608 (own names)
        f"unnest([{structs}]) AS fact FROM {rows})"
    )


def _fact(export: str, place: int, column: Column) -> str:
    is_number = column.kind in ("number", "integer")
    number = f"{column.name}::DOUBLE" if is_number else "NULL::DOUBLE"
    value = "NULL::VARCHAR" if is_number else f"{column.name}::VARCHAR"
    term = sql_text(f"{export}.{column.name}")
    return f"{{'place': {place}, 'term': {term}, 'number': {number}, 'value': {value}}}"


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    row = con.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 (own names)
    return int(row[0]) if row else 0
