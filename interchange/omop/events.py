"""Makes the events that measurements modify: conditions, procedures, and the episodes that lesions are."""

from __future__ import annotations

import duckdb

from warehouse.sources.sql_presets.terms import KNOWN_IDS, RECURRENCE, REGISTRY

PROCEDURE, MEASUREMENT = KNOWN_IDS["field.procedure_occurrence"], KNOWN_IDS["field.measurement"]
LESION = KNOWN_IDS["episode.lesion"]
EXAM = "exam_id, exam_date, modality, contrast_enhanced, new_liver_lesion, extrahepatic_progression"
"""What rows of one exam share. Where a site says otherwise of two lesions of one exam, they are two procedures."""
WHOSE = "JOIN omop.person w ON w.site = r.site AND w.person_source_value = r.patient_id"


def make_events(con: duckdb.DuckDBPyConnection) -> None:
    """Make condition_occurrence, procedure_occurrence, episode and episode_event, and numbered copies of clean rows."""
    _number_rows(con)
    con.execute(f"""
        CREATE TABLE omop.condition_occurrence AS
        SELECT
            person_id AS condition_occurrence_id, person_id, t.concept_id AS condition_concept_id,
            first_day AS condition_start_date, {REGISTRY} AS condition_type_concept_id,
            t.term AS condition_source_value, t.concept_id AS condition_source_concept_id
        FROM omop.person, omop.term t WHERE origin = 'patients' AND t.term = 'patients'
    """)  # noqa: S608 (own names)
    con.execute(f"""
        CREATE TABLE omop.procedure_occurrence AS
        SELECT
            procedure_occurrence_id, person_id, t.concept_id AS procedure_concept_id, procedure_date,
            procedure_end_date, {REGISTRY} AS procedure_type_concept_id, procedure_source_value,
            t.concept_id AS procedure_source_concept_id
        FROM (
            SELECT procedure_id AS procedure_occurrence_id, person_id, 'rfa_sessions.modality=' || modality AS term,
                session_date AS procedure_date, NULL::DATE AS procedure_end_date, session_id AS procedure_source_value
            FROM omop.sessions UNION ALL
            SELECT procedure_id, person_id, 'imaging_followups.modality=' || modality, exam_date, NULL, exam_id
            FROM omop.exams UNION ALL
            SELECT procedure_id, person_id, 'treatments.kind=' || kind, start_date, stop_date, treatment_id
            FROM omop.treatments
        ) JOIN omop.term t USING (term)
    """)  # noqa: S608 (own names)
    _make_episodes(con)


def _number_rows(con: duckdb.DuckDBPyConnection) -> None:
    """Copy clean rows with the ids of persons and procedures: sessions are numbered first, then exams, treatments."""
    con.execute(f"""
        CREATE TABLE omop.sessions AS
        SELECT r.*, w.person_id, row_number() OVER (ORDER BY w.person_id, session_id, lesion_id) AS procedure_id
        FROM clean.rfa_sessions r {WHOSE}
    """)  # noqa: S608 (own names)
    con.execute(f"""
        CREATE TABLE omop.exams AS
        SELECT
            *, (SELECT count(*) FROM omop.sessions) + row_number() OVER (ORDER BY person_id, {EXAM}) AS procedure_id
        FROM (SELECT DISTINCT w.person_id, {EXAM} FROM clean.imaging_followups r {WHOSE})
    """)  # noqa: S608 (own names)
    same = " AND ".join(f"e.{name} IS NOT DISTINCT FROM r.{name}" for name in EXAM.split(", "))
    con.execute(f"""
        CREATE TABLE omop.statuses AS
        SELECT
            r.*, w.person_id, e.procedure_id,
            row_number() OVER (ORDER BY w.person_id, r.exam_id, r.lesion_id NULLS FIRST) AS status_no
        FROM clean.imaging_followups r {WHOSE} JOIN omop.exams e ON e.person_id = w.person_id AND {same}
    """)  # noqa: S608 (own names)
    con.execute(f"""
        CREATE TABLE omop.treatments AS
        SELECT
            r.*, w.person_id,
            (SELECT count(*) FROM omop.sessions) + (SELECT count(*) FROM omop.exams)
                + row_number() OVER (ORDER BY w.person_id, treatment_id) AS procedure_id
        FROM clean.treatments r {WHOSE}
    """)  # noqa: S608 (own names)
    con.execute(f"""
        CREATE TABLE omop.tests AS
        SELECT
            r.*, w.person_id, coalesce(report_date, specimen_date, w.first_day) AS day,
            row_number() OVER (ORDER BY w.person_id, specimen_id, gene, variant NULLS FIRST) AS test_no
        FROM clean.genotypes r {WHOSE}
    """)  # noqa: S608 (own names)


def _make_episodes(con: duckdb.DuckDBPyConnection) -> None:
    """Make an episode of each lesion and of each local tumour progression, which is its lesion's child.

    A measurement of a lesion's status has the number of the status after those of the genotypes.
    """
    con.execute("""
        CREATE TABLE omop.lesions AS
        SELECT
            row_number() OVER (ORDER BY person_id, lesion_id) AS episode_id, *,
            row_number() OVER (PARTITION BY person_id ORDER BY first_date, lesion_id) AS episode_number
        FROM (SELECT person_id, lesion_id, min(session_date) AS first_date FROM omop.sessions GROUP BY ALL)
    """)
    con.execute(f"""
        CREATE TABLE omop.recurrences AS
        SELECT
            (SELECT count(*) FROM omop.lesions) + row_number() OVER (ORDER BY l.episode_id) AS episode_id,
            l.episode_id AS parent_id, w.person_id, r.lesion_id, r.ltp_date, r.ltp_exam_id
        FROM derived.lesion_ltp r {WHOSE} JOIN omop.lesions l ON l.person_id = w.person_id AND l.lesion_id = r.lesion_id
        WHERE r.ltp
    """)  # noqa: S608 (own names)
    con.execute(f"""
        CREATE TABLE omop.episode AS
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
        CREATE TABLE omop.episode_event AS
        WITH status AS (
            SELECT *, (SELECT count(*) FROM omop.tests) + status_no AS measurement_id FROM omop.statuses
        )
        SELECT episode_id, procedure_id AS event_id, {PROCEDURE} AS episode_event_field_concept_id
        FROM omop.lesions JOIN omop.sessions USING (person_id, lesion_id) UNION ALL
        SELECT episode_id, procedure_id, {PROCEDURE}
        FROM omop.lesions JOIN omop.treatments USING (person_id, lesion_id) UNION ALL
        SELECT episode_id, measurement_id, {MEASUREMENT}
        FROM omop.lesions JOIN status USING (person_id, lesion_id) UNION ALL
        SELECT r.episode_id, s.measurement_id, {MEASUREMENT}
        FROM omop.recurrences r
        JOIN status s ON s.person_id = r.person_id AND s.lesion_id = r.lesion_id AND s.exam_id = r.ltp_exam_id
    """)  # noqa: S608 (own names)
