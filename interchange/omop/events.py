"""Makes the events that measurements modify: conditions, procedures, and the episodes that lesions are."""

from __future__ import annotations

import duckdb

from schemas.exports import EXPORTS
from warehouse.sources.sql_presets.terms import KNOWN_IDS, RECURRENCE, REGISTRY, own_terms
from warehouse.storage.sql_files import sql_text

PROCEDURE, MEASUREMENT = KNOWN_IDS["field.procedure_occurrence"], KNOWN_IDS["field.measurement"]
LESION = KNOWN_IDS["episode.lesion"]
LOOK = ("modality", "contrast_enhanced", "new_liver_lesion", "extrahepatic_progression")
EXAM = ("exam_id", "exam_date", "look")
"""What rows of one exam share. Where a site says otherwise of two lesions of one exam, they are two procedures."""
COPIES = {
    "rfa_sessions": "sessions",
    "genotypes": "tests",
    "imaging_followups": "statuses",
    "treatments": "treatments",
}
"""Clean table -> the table of its rows as they were numbered."""
WHOSE = "JOIN omop.person w ON w.site = r.site AND w.person_source_value = r.patient_id"
PROCEDURES = {
    "sessions": ("rfa_sessions.modality", "session_date", "NULL::DATE", "session_id"),
    "exams": ("imaging_followups.modality", "exam_date", "NULL::DATE", "exam_id"),
    "treatments": ("treatments.kind", "start_date", "stop_date", "treatment_id"),
}
"""Table -> the column that says what was done, the days of its beginning and end, and the site's own identifier."""


def make_events(con: duckdb.DuckDBPyConnection) -> None:
    """Make condition_occurrence, procedure_occurrence, episode and episode_event, and numbered copies of clean rows."""
    _number_sessions(con)
    _number_rows(con)
    con.execute("""
        CREATE VIEW omop.condition_occurrence AS
        SELECT
            person_id AS condition_occurrence_id, person_id, first_day AS condition_start_date,
            t.term AS condition_source_value, t.concept_id AS condition_source_concept_id
        FROM omop.person, omop.term t WHERE origin = 'patients' AND t.term = 'patients'
    """)
    parts = " UNION ALL ".join(
        f"SELECT procedure_id, person_id, {_concepts(column)} AS concept_id, {first}, {last}, {identifier} "  # noqa: S608
        f"FROM omop.{table}"
        for table, (column, first, last, identifier) in PROCEDURES.items()
    )
    con.execute(f"""
        CREATE VIEW omop.procedure_occurrence AS
        SELECT
            procedure_occurrence_id, person_id, procedure_date, procedure_end_date, procedure_source_value,
            concept_id AS procedure_source_concept_id
        FROM ({parts}) p(procedure_occurrence_id, person_id, concept_id, procedure_date, procedure_end_date,
            procedure_source_value)
    """)  # noqa: S608 (own names)
    _make_episodes(con)


def _concepts(column: str) -> str:
    """Return SQL of the concept of each code of a column, named with its export."""
    begin = f"{column}="
    whens = " ".join(
        f"WHEN {sql_text(one.term.removeprefix(begin))} THEN {one.concept_id}"
        for one in own_terms()
        if one.term.startswith(begin)
    )
    return f"CASE {column.partition('.')[2]} {whens} END::BIGINT"


def _number_sessions(con: duckdb.DuckDBPyConnection) -> None:
    """Copy sessions, numbered, and make a lesion of each that was treated: its episode has the lesion's number."""
    con.execute(f"""
        CREATE TABLE omop.sessions AS
        SELECT {_columns("rfa_sessions")}, row_number() OVER () AS procedure_id
        FROM (FROM clean.rfa_sessions r {WHOSE} ORDER BY w.person_id, session_id, lesion_id)
    """)  # noqa: S608 (own names)
    con.execute("""
        CREATE TABLE omop.lesions AS
        SELECT
            row_number() OVER (ORDER BY person_id, lesion_id)::INTEGER AS episode_id, *,
            row_number() OVER (PARTITION BY person_id ORDER BY first_date, lesion_id) AS episode_number
        FROM (SELECT person_id, lesion_id, min(session_date) AS first_date FROM omop.sessions GROUP BY ALL)
    """)


def _number_rows(con: duckdb.DuckDBPyConnection) -> None:
    """Copy clean rows with the ids of persons, lesions and events: exams are numbered after sessions, then treatments.

    Measurements begin with genotypes, and the status of a lesion comes after them. What exams look like is sorted once
    for each look, and each row then has its number: there are few, and a sort by numbers is cheaper than one by texts.
    """
    con.execute(f"""
        CREATE TABLE omop.tests AS
        SELECT {_columns("genotypes")}, coalesce(report_date, specimen_date, first_day) AS day,
            row_number() OVER () AS measurement_id
        FROM (FROM clean.genotypes r {WHOSE} ORDER BY w.person_id, specimen_id, gene, variant NULLS FIRST)
    """)  # noqa: S608 (own names)
    con.execute(f"""
        CREATE TABLE omop.looks AS SELECT row_number() OVER ()::INTEGER AS look, *
        FROM (SELECT DISTINCT {", ".join(LOOK)} FROM clean.imaging_followups ORDER BY ALL)
    """)  # noqa: S608 (own names)
    n_sessions, n_tests = (f"(SELECT count(*) FROM omop.{name})" for name in ("sessions", "tests"))  # noqa: S608
    is_other = " OR ".join(f"{name} IS DISTINCT FROM lag({name}) OVER ()" for name in ("person_id", *EXAM))
    looks_so = " AND ".join(f"k.{name} IS NOT DISTINCT FROM r.{name}" for name in LOOK)
    con.execute(f"""
        CREATE TABLE omop.statuses AS
        SELECT
            * EXCLUDE (other_lesion),
            {n_sessions} + count(*) FILTER (is_first) OVER (ROWS UNBOUNDED PRECEDING) AS procedure_id,
            {n_tests} + row_number() OVER () AS measurement_id
        FROM (
            SELECT *, row_number() OVER () = 1 OR {is_other} AS is_first
            FROM (
                SELECT
                    w.person_id, exam_id, exam_date, look, episode_id, lesion_status, distance_to_zone_mm,
                    CASE WHEN episode_id IS NULL THEN r.lesion_id END AS other_lesion
                FROM clean.imaging_followups r {WHOSE} JOIN omop.looks k ON {looks_so}
                LEFT JOIN omop.lesions l ON l.person_id = w.person_id AND l.lesion_id = r.lesion_id
                ORDER BY w.person_id, {", ".join(EXAM)}, episode_id NULLS FIRST, other_lesion NULLS FIRST
            )
        )
    """)  # noqa: S608 (own names)
    con.execute("CREATE VIEW omop.exams AS FROM omop.statuses JOIN omop.looks USING (look) WHERE is_first")
    con.execute(f"""
        CREATE TABLE omop.treatments AS
        SELECT {_columns("treatments")},
            {n_sessions} + (SELECT count(*) FROM omop.statuses WHERE is_first) + row_number() OVER () AS procedure_id
        FROM (FROM clean.treatments r {WHOSE} ORDER BY w.person_id, treatment_id)
    """)  # noqa: S608 (own names)
    con.execute(f"""
        CREATE TABLE omop.covariates AS
        SELECT {_columns("patients")}, first_day AS day FROM clean.patients r {WHOSE} WHERE r.origin = 'patients'
        ORDER BY person_id
    """)  # noqa: S608 (own names)


def _columns(export: str) -> str:
    """Return the columns of a copy: the person, and those of the export."""
    return ", ".join(("person_id", *(name for name in EXPORTS[export].column_names if name != "patient_id")))


def _make_episodes(con: duckdb.DuckDBPyConnection) -> None:
    """Make an episode of each lesion and of each local tumour progression, which is its lesion's child."""
    con.execute(f"""
        CREATE TABLE omop.recurrences AS
        SELECT
            (SELECT count(*) FROM omop.lesions) + row_number() OVER (ORDER BY l.episode_id) AS episode_id,
            l.episode_id AS parent_id, w.person_id, r.lesion_id, r.ltp_date, r.ltp_exam_id
        FROM derived.lesion_ltp r {WHOSE} JOIN omop.lesions l ON l.person_id = w.person_id AND l.lesion_id = r.lesion_id
        WHERE r.ltp
    """)  # noqa: S608 (own names)
    con.execute(f"""
        CREATE VIEW omop.episode AS
        SELECT
            episode_id, person_id, {LESION} AS episode_concept_id, first_date AS episode_start_date,
            NULL::BIGINT AS episode_parent_id, episode_number, t.concept_id AS episode_object_concept_id,
            {REGISTRY} AS episode_type_concept_id, lesion_id AS episode_source_value
        FROM omop.lesions, omop.term t WHERE t.term = 'patients' UNION ALL
        SELECT
            episode_id, person_id, {RECURRENCE}, ltp_date, parent_id, 1, t.concept_id, {REGISTRY}, lesion_id
        FROM omop.recurrences, omop.term t WHERE t.term = 'patients'
    """)  # noqa: S608 (own names)
    con.execute(f"""
        CREATE VIEW omop.episode_event AS
        SELECT episode_id, procedure_id AS event_id, {PROCEDURE} AS episode_event_field_concept_id
        FROM omop.lesions JOIN omop.sessions USING (person_id, lesion_id) UNION ALL
        SELECT episode_id, procedure_id, {PROCEDURE}
        FROM omop.lesions JOIN omop.treatments USING (person_id, lesion_id) UNION ALL
        SELECT episode_id, measurement_id, {MEASUREMENT} FROM omop.statuses WHERE episode_id IS NOT NULL UNION ALL
        SELECT r.episode_id, s.measurement_id, {MEASUREMENT}
        FROM omop.recurrences r JOIN omop.statuses s ON s.episode_id = r.parent_id AND s.exam_id = r.ltp_exam_id
    """)  # noqa: S608 (own names)
