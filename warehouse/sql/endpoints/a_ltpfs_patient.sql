-- title: Assisted local control of a patient
-- meaning: When local control of the first evaluable lesion is lost for good: LTP that ablation did not control again.
-- definition: A_LTPFS v1
-- event: LTP that is not ablated again, or not followed by an adequate exam after that session. From that adequate exam
--   on the lesion counts as free again, and a later LTP is judged likewise
-- competing: death from any cause
-- censoring: the earliest, over the evaluable lesions, of their last qualifying exams: until then all treated sites are
--   assessed
-- clock: days from the patient's first ablation
-- source: SIO/DATECAN-style, assisted (ultimate) local control
-- care: a session on or after the day of LTP counts as ablating it again, whatever it was planned for
-- reads: derived.patient_progression
SELECT
    site, 'A_LTPFS' AS endpoint, 'patient' AS level, patient_id, NULL::VARCHAR AS lesion_id,
    first_ablation_date AS start_date,
    coalesce(uncontrolled_ltp_date, death_date, all_assessed_until_date) AS end_date,
    CASE WHEN uncontrolled_ltp_date IS NOT NULL THEN 1 WHEN death_date IS NOT NULL THEN 2 ELSE 0 END AS event,
    CASE WHEN uncontrolled_ltp_date IS NOT NULL THEN 'LTP not controlled again'
         WHEN death_date IS NOT NULL THEN 'death under local control'
         ELSE 'censored when all treated sites were last assessed' END AS event_description,
    CASE WHEN uncontrolled_ltp_date IS NULL AND death_date IS NOT NULL THEN 'clean.patients'
         ELSE 'clean.imaging_followups' END AS source_table,
    CASE WHEN uncontrolled_ltp_date IS NOT NULL THEN uncontrolled_ltp_key
         WHEN death_date IS NOT NULL THEN site || '|' || patient_id
         ELSE all_assessed_until_key END AS source_key,
    'A_LTPFS v1' AS definition
FROM derived.patient_progression
WHERE is_evaluable
