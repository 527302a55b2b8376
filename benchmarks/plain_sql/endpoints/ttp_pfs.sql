-- title: Time to progression
-- meaning: When progression anywhere is first seen.
-- definition: TTP v1
-- event: LTP of any evaluable lesion, a new liver lesion or extrahepatic progression, whichever is first
-- competing: death from any cause
-- censoring: the last CT, MR or PET-CT
-- clock: days from the patient's first ablation
-- source: SIO/DATECAN-style
-- care: a patient without an evaluable lesion has no row, because LTP cannot be distinguished from residual tumour
-- reads: derived.patient_progression
--
-- title: Progression-free survival
-- meaning: How long the patient lives without progression anywhere.
-- definition: PFS v1
-- event: LTP of any evaluable lesion, a new liver lesion, extrahepatic progression, or death from any cause
-- competing: none
SELECT
    site, e.endpoint, 'patient' AS level, patient_id, NULL::VARCHAR AS lesion_id,
    first_ablation_date AS start_date,
    coalesce(first_date, death_date, last_body_exam_date) AS end_date,
    CASE WHEN first_date IS NOT NULL THEN 1 WHEN death_date IS NOT NULL THEN e.death_counts_as ELSE 0 END AS event,
    ended_by AS event_description,
    CASE WHEN first_date IS NULL AND death_date IS NOT NULL THEN 'clean.patients' ELSE 'clean.imaging_followups' END
        AS source_table,
    CASE WHEN ended_by = 'LTP' THEN ltp_key
         WHEN ended_by = 'new liver lesion' THEN new_liver_key
         WHEN ended_by = 'extrahepatic progression' THEN extrahepatic_key
         WHEN death_date IS NOT NULL THEN site || '|' || patient_id
         ELSE last_body_exam_key END AS source_key,
    e.definition
FROM (
    SELECT
        *,
        least(ltp_date, new_liver_date, extrahepatic_date) AS first_date,
        CASE WHEN ltp_date = first_date THEN 'LTP'
             WHEN new_liver_date = first_date THEN 'new liver lesion'
             WHEN extrahepatic_date = first_date THEN 'extrahepatic progression'
             WHEN death_date IS NOT NULL THEN 'death without progression'
             ELSE 'censored at the last CT, MR or PET-CT' END AS ended_by
    FROM derived.patient_progression
    WHERE is_evaluable
)
CROSS JOIN (VALUES
    ('TTP', 2, 'TTP v1'),  -- death competes
    ('PFS', 1, 'PFS v1')   -- death is an event too
) AS e(endpoint, death_counts_as, definition)
