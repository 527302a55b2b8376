-- title: Time to the first LTP of a patient
-- meaning: When the first LTP of any evaluable lesion is detected.
-- definition: TTLTP v1
-- event: LTP of any evaluable lesion
-- competing: death from any cause; LTP on the day of death is LTP
-- censoring: the earliest, over the evaluable lesions, of their last qualifying exams: until then all treated sites are
--   assessed
-- clock: days from the patient's first ablation
-- source: SIO/DATECAN-style
-- reads: derived.patient_progression
SELECT
    site, 'TTLTP' AS endpoint, 'patient' AS level, patient_id, NULL::VARCHAR AS lesion_id,
    first_ablation_date AS start_date,
    coalesce(ltp_date, death_date, all_assessed_until_date) AS end_date,
    CASE WHEN ltp_date IS NOT NULL THEN 1 WHEN death_date IS NOT NULL THEN 2 ELSE 0 END AS event,
    CASE WHEN ltp_date IS NOT NULL THEN 'LTP' WHEN death_date IS NOT NULL THEN 'death without LTP'
         ELSE 'censored when all treated sites were last known free' END AS event_description,
    CASE WHEN ltp_date IS NULL AND death_date IS NOT NULL THEN 'clean.patients' ELSE 'clean.imaging_followups' END
        AS source_table,
    CASE WHEN ltp_date IS NOT NULL THEN ltp_key WHEN death_date IS NOT NULL THEN site || '|' || patient_id
         ELSE all_assessed_until_key END AS source_key,
    'TTLTP v1' AS definition
FROM derived.patient_progression
WHERE is_evaluable
