-- title: Progression-free survival
-- meaning: How long the patient lives without progression anywhere.
-- definition: PFS v1
-- event: LTP of any evaluable lesion, a new liver lesion, extrahepatic progression, or death from any cause
-- competing: none
-- censoring: the last CT, MR or PET-CT
-- clock: days from the patient's first ablation
-- source: SIO/DATECAN-style
-- care: a patient without an evaluable lesion has no row, since LTP cannot be told from residual tumour
-- reads: derived.patient_progression
SELECT
    site, 'PFS' AS endpoint, 'patient' AS level, patient_id, NULL::VARCHAR AS lesion_id,
    first_ablation_date AS start_date,
    coalesce(first_date, death_date, last_body_exam_date) AS end_date,
    (first_date IS NOT NULL OR death_date IS NOT NULL)::INTEGER AS event,
    ended_by AS event_description,
    CASE WHEN first_date IS NULL AND death_date IS NOT NULL THEN 'clean.patients' ELSE 'clean.imaging_followups' END
        AS source_table,
    CASE WHEN ended_by = 'LTP' THEN ltp_key
         WHEN ended_by = 'new liver lesion' THEN new_liver_key
         WHEN ended_by = 'extrahepatic progression' THEN extrahepatic_key
         WHEN death_date IS NOT NULL THEN site || '|' || patient_id
         ELSE last_body_exam_key END AS source_key,
    'PFS v1' AS definition
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
