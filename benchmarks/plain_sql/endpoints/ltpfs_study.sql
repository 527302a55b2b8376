-- title: LTPFS as the index study measured it
-- meaning: How long the patient is observed without LTP; used for the replication.
-- definition: LTPFS_STUDY v1
-- event: LTP of any evaluable lesion
-- competing: none; death is censored
-- censoring: the latest qualifying exam of the evaluable lesions, also for patients who died
-- clock: days from the patient's first ablation
-- source: index study
-- reads: derived.patient_progression
SELECT
    site, 'LTPFS_STUDY' AS endpoint, 'patient' AS level, patient_id, NULL::VARCHAR AS lesion_id,
    first_ablation_date AS start_date,
    coalesce(ltp_date, last_followup_date) AS end_date,
    (ltp_date IS NOT NULL)::INTEGER AS event,
    CASE WHEN ltp_date IS NOT NULL THEN 'LTP' ELSE 'censored at the latest qualifying exam' END AS event_description,
    'clean.imaging_followups' AS source_table,
    CASE WHEN ltp_date IS NOT NULL THEN ltp_key ELSE last_followup_key END AS source_key,
    'LTPFS_STUDY v1' AS definition
FROM derived.patient_progression
WHERE is_evaluable
