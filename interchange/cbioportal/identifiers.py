"""Gives patients and specimens the identifiers of a study: letters, digits, points, underscores and hyphens alone.

A patient is site, a point, and the site's pseudonym; a sample is site, a point, and the specimen, or the patient's
identifier and the specimen's where sites give a name to specimens of several patients. A patient without a specimen
gets a sample that was not sequenced, since cBioPortal shows nobody without one.
"""

from __future__ import annotations

import duckdb

from warehouse.storage.errors import RegistryError

FORBIDDEN = "[^A-Za-z0-9._-]"
NO_SPECIMEN = "no-specimen"
PATIENTS = f"""
    CREATE TEMP TABLE study_patients AS
    SELECT site, patient_id, first_ablation_date,
           regexp_replace(site || '.' || patient_id, '{FORBIDDEN}', '_', 'g') AS id
    FROM cohort.patients ORDER BY id
"""  # noqa: S608 (own text)
SAMPLES = f"""
    CREATE TEMP TABLE study_samples AS
    WITH specimens AS (
        SELECT DISTINCT site, patient_id, specimen_id FROM clean.genotypes
        SEMI JOIN study_patients USING (site, patient_id)
    ), all_samples AS (
        SELECT site, patient_id, specimen_id FROM specimens
        UNION ALL SELECT site, patient_id, NULL FROM study_patients ANTI JOIN specimens USING (site, patient_id)
    ), facts AS (
        SELECT count(*) = count(DISTINCT (site, specimen_id)) AS is_by_site FROM specimens
    )
    SELECT s.site, s.patient_id, s.specimen_id, p.id AS patient, regexp_replace(
        CASE WHEN specimen_id IS NULL THEN p.id || '.{NO_SPECIMEN}'
        WHEN is_by_site THEN s.site || '.' || specimen_id ELSE p.id || '.' || specimen_id END,
        '{FORBIDDEN}', '_', 'g') AS id
    FROM all_samples s JOIN study_patients p USING (site, patient_id) CROSS JOIN facts ORDER BY id
"""  # noqa: S608 (own text)


def make_identifiers(con: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary tables study_patients and study_samples, each with `id`.

    RegistryError if two would have the same identifier, because they differ in other characters alone.
    """
    con.execute(PATIENTS)
    con.execute(SAMPLES)
    for table, what in (("study_patients", "patients"), ("study_samples", "specimens")):
        row = con.execute(f"SELECT count(*) - count(DISTINCT id) FROM {table}").fetchone()  # noqa: S608 (own names)
        if row and row[0]:
            raise RegistryError(
                f"Identifiers of {row[0]:,} {what} differ from others only in characters that cBioPortal forbids.",
                "Have the sites deliver identifiers of letters, digits, points, underscores and hyphens.",
            )
