-- title: LTPFS as the index study measured it
-- meaning: LTP only; deaths and losses are censored at the last qualifying exam. Patient level. For replication.
-- definition: LTPFS_STUDY v1
-- reads: derived.patient_ltpfs
SELECT
    site, 'LTPFS_STUDY' AS endpoint, 'patient' AS level, patient_id, NULL::VARCHAR AS lesion_id,
    first_ablation_date AS start_date,
    coalesce(ltp_date, last_followup_date) AS end_date,
    ltp::INTEGER AS event,
    CASE WHEN ltp THEN 'LTP' ELSE 'censored at the latest qualifying exam' END AS event_description,
    'derived.patient_ltpfs' AS source_table, site || '|' || patient_id AS source_key,
    'LTPFS_STUDY v1' AS definition
FROM derived.patient_ltpfs
WHERE ltp IS NOT NULL
