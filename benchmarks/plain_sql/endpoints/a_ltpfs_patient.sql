-- title: Assisted local control of a patient
-- meaning: When local control of any evaluable lesion is finally lost: LTP that further ablation did not control.
-- definition: A_LTPFS v1
-- event: LTP that is not ablated again, or whose ablation no adequate exam follows. From such an exam on, the lesion
--   counts as free again, and a later LTP is judged the same way
-- competing: death from any cause
-- censoring: the earliest of the evaluable lesions' last qualifying exams, because all treated sites are assessed until
--   then
-- clock: days from the patient's first ablation
-- source: SIO/DATECAN-style, assisted (ultimate) local control
-- care: a session on or after the day of LTP counts as ablating it again, whatever its purpose
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
