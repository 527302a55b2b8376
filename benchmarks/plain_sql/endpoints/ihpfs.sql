-- title: Intrahepatic progression-free survival
-- meaning: How long the patient lives without progression in the liver.
-- definition: IHPFS v1
-- event: LTP of any evaluable lesion, a new liver lesion more than 10 mm from every zone, or death from any cause
-- competing: none
-- censoring: the last liver exam (contrast-enhanced CT or MR)
-- clock: days from the patient's first ablation
-- source: SIO/DATECAN-style
-- care: a patient without an evaluable lesion has no row, because LTP cannot be distinguished from residual tumour
-- reads: derived.patient_progression
SELECT
    site, 'IHPFS' AS endpoint, 'patient' AS level, patient_id, NULL::VARCHAR AS lesion_id,
    first_ablation_date AS start_date,
    coalesce(first_date, death_date, last_liver_exam_date) AS end_date,
    (first_date IS NOT NULL OR death_date IS NOT NULL)::INTEGER AS event,
    ended_by AS event_description,
    CASE WHEN first_date IS NULL AND death_date IS NOT NULL THEN 'clean.patients' ELSE 'clean.imaging_followups' END
        AS source_table,
    CASE WHEN ended_by = 'LTP' THEN ltp_key
         WHEN ended_by = 'new liver lesion' THEN new_liver_key
         WHEN death_date IS NOT NULL THEN site || '|' || patient_id
         ELSE last_liver_exam_key END AS source_key,
    'IHPFS v1' AS definition
FROM (
    SELECT
        *,
        least(ltp_date, new_liver_date) AS first_date,
        CASE WHEN ltp_date = first_date THEN 'LTP'
             WHEN new_liver_date = first_date THEN 'new liver lesion'
             WHEN death_date IS NOT NULL THEN 'death without progression in the liver'
             ELSE 'censored at the last liver exam' END AS ended_by
    FROM derived.patient_progression
    WHERE is_evaluable
)
