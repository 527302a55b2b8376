-- title: Time to a new liver lesion
-- meaning: When tumour is first seen in the liver away from every ablation zone.
-- definition: TT_NEWLIVER v1
-- event: a new liver lesion more than 10 mm from every zone
-- competing: death from any cause
-- censoring: the last liver exam (contrast-enhanced CT or MR), or the start if there is none
-- clock: days from the patient's first ablation
-- source: SIO/DATECAN-style
-- care: a lesion first ablated later is not an event by itself; only the exports' flag or a distance makes it new
-- reads: derived.patient_progression
SELECT
    site, 'TT_NEWLIVER' AS endpoint, 'patient' AS level, patient_id, NULL::VARCHAR AS lesion_id,
    first_ablation_date AS start_date,
    coalesce(first_date, death_date, last_liver_exam_date, first_ablation_date) AS end_date,
    CASE WHEN first_date IS NOT NULL THEN 1 WHEN death_date IS NOT NULL THEN 2 ELSE 0 END AS event,
    ended_by AS event_description,
    CASE WHEN first_date IS NULL AND death_date IS NOT NULL THEN 'clean.patients'
         WHEN coalesce(first_date, last_liver_exam_date) IS NOT NULL THEN 'clean.imaging_followups'
         ELSE 'derived.patient_progression' END AS source_table,
    CASE WHEN ended_by = 'new liver lesion' THEN new_liver_key
         WHEN death_date IS NOT NULL THEN site || '|' || patient_id
         ELSE coalesce(last_liver_exam_key, site || '|' || patient_id) END AS source_key,
    'TT_NEWLIVER v1' AS definition
FROM (
    SELECT
        *,
        new_liver_date AS first_date,
        CASE WHEN new_liver_date = first_date THEN 'new liver lesion'
             WHEN death_date IS NOT NULL THEN 'death without a new liver lesion'
             WHEN last_liver_exam_date IS NOT NULL THEN 'censored at the last liver exam'
             ELSE 'censored at the start: no exam could have shown it' END AS ended_by
    FROM derived.patient_progression
)
