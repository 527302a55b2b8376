"""Makes the table of what resources are about: patients and lesions, with the ids by which others refer to them.

There are ten times as many resources as subjects, so ids and the order of keys are worked out once for each subject.
"""

from __future__ import annotations

import duckdb

SEPARATED = "chr(31)"


def make_subjects(con: duckdb.DuckDBPyConnection) -> None:
    """Make fhir.people, a row for each patient, and fhir.lesions, one for each lesion and one for each patient's exams
    that are of none.

    Clean rows belong to patients of clean.patients, and to lesions of clean.rfa_sessions: others are set aside.
    `subject` numbers the rows of each table and `person` the patients, in the order of keys; `key` is what ids of the
    patient's resources begin with. The ids are of patient, lesion, and the conditions: cancer of the bowel, metastases
    of the liver. `focus` is what an exam is about: the lesion, or without one the cancer of the bowel.
    """
    con.execute("CREATE SCHEMA fhir")
    con.execute(f"""
        CREATE TABLE fhir.people AS
        SELECT
            row_number() OVER ()::INTEGER AS subject, subject AS person, site, patient_id, key,
            {id_sql("key")} AS patient, {id_sql("key", "'1'")} AS bowel, {id_sql("key", "'2'")} AS liver
        FROM (
            SELECT site, patient_id, concat(site, {SEPARATED}, patient_id) AS key FROM clean.patients
            ORDER BY site, patient_id
        )
    """)  # noqa: S608 (own names)
    con.execute(f"""
        CREATE TABLE fhir.lesions AS
        SELECT
            row_number() OVER ()::INTEGER AS subject, p.* EXCLUDE (subject), l.lesion_id,
            {id_sql("key", "l.lesion_id")} AS lesion,
            CASE WHEN l.lesion_id IS NULL THEN concat('Condition/', bowel) ELSE concat('BodyStructure/', lesion) END
                AS focus
        FROM (
            FROM (
                SELECT person, NULL AS lesion_id FROM fhir.people UNION ALL
                SELECT DISTINCT person, lesion_id FROM clean.rfa_sessions JOIN fhir.people USING (site, patient_id)
            )
            ORDER BY person, lesion_id NULLS FIRST
        ) l JOIN fhir.people p USING (person)
    """)  # noqa: S608 (own names)


def id_sql(*parts: str) -> str:
    """Return SQL of a resource's id, for which FHIR allows fewer letters than the registry: a hash of its key."""
    return f"md5(concat({f', {SEPARATED}, '.join(parts)}))"
