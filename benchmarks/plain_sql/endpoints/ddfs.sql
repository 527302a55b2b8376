-- title: Distant disease-free survival
-- meaning: How long the patient lives without progression outside the liver.
-- definition: DDFS v1
-- event: extrahepatic progression, or death from any cause
-- competing: none
-- censoring: the last CT, MR or PET-CT, or the start if there is none
-- clock: days from the patient's first ablation
-- source: SIO/DATECAN-style
-- care: the exports do not say which part of the body an exam showed
-- reads: derived.patient_progression
SELECT
    site, 'DDFS' AS endpoint, 'patient' AS level, patient_id, NULL::VARCHAR AS lesion_id,
    first_ablation_date AS start_date,
    coalesce(first_date, death_date, last_body_exam_date, first_ablation_date) AS end_date,
    (first_date IS NOT NULL OR death_date IS NOT NULL)::INTEGER AS event,
    ended_by AS event_description,
    CASE WHEN first_date IS NULL AND death_date IS NOT NULL THEN 'clean.patients'
         WHEN coalesce(first_date, last_body_exam_date) IS NOT NULL THEN 'clean.imaging_followups'
         ELSE 'derived.patient_progression' END AS source_table,
    CASE WHEN ended_by = 'extrahepatic progression' THEN extrahepatic_key
         WHEN death_date IS NOT NULL THEN site || '|' || patient_id
         ELSE coalesce(last_body_exam_key, site || '|' || patient_id) END AS source_key,
    'DDFS v1' AS definition
FROM (
    SELECT
        *,
        extrahepatic_date AS first_date,
        CASE WHEN extrahepatic_date = first_date THEN 'extrahepatic progression'
             WHEN death_date IS NOT NULL THEN 'death without extrahepatic progression'
             WHEN last_body_exam_date IS NOT NULL THEN 'censored at the last CT, MR or PET-CT'
             ELSE 'censored at the start: no exam could have shown it' END AS ended_by
    FROM derived.patient_progression
)
