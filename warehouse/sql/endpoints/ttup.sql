-- title: Time to untreatable progression
-- meaning: When progression is no longer treated locally.
-- definition: TTUP v1
-- event: the first treatment with palliative intent (systemic, SIRT, TACE or other) on or after the first progression
-- competing: death from any cause
-- censoring: the last CT, MR or PET-CT
-- clock: days from the patient's first ablation
-- source: SIO/DATECAN-style
-- care: the day of the treatment stands for that of the tumour board's decision, which no export holds; intent that is
--   not told is not palliative. A patient without an evaluable lesion has no row, because LTP cannot be distinguished from
--   residual tumour, nor have patients of sites that deliver no treatments
-- reads: derived.patient_treatments, derived.patient_progression
SELECT
    t.site, 'TTUP' AS endpoint, 'patient' AS level, t.patient_id, NULL::VARCHAR AS lesion_id,
    p.first_ablation_date AS start_date,
    coalesce(t.untreatable_date, p.death_date, p.last_body_exam_date) AS end_date,
    CASE WHEN t.untreatable_date IS NOT NULL THEN 1 WHEN p.death_date IS NOT NULL THEN 2 ELSE 0 END AS event,
    CASE WHEN t.untreatable_date IS NOT NULL THEN 'palliative treatment after progression'
         WHEN p.death_date IS NOT NULL THEN 'death without untreatable progression'
         ELSE 'censored at the last CT, MR or PET-CT' END AS event_description,
    CASE WHEN t.untreatable_date IS NOT NULL THEN 'clean.treatments'
         WHEN p.death_date IS NOT NULL THEN 'clean.patients' ELSE 'clean.imaging_followups' END AS source_table,
    CASE WHEN t.untreatable_date IS NOT NULL THEN t.untreatable_key
         WHEN p.death_date IS NOT NULL THEN p.site || '|' || p.patient_id ELSE p.last_body_exam_key END AS source_key,
    'TTUP v1' AS definition
FROM derived.patient_treatments t
JOIN derived.patient_progression p USING (site, patient_id)
WHERE p.is_evaluable
