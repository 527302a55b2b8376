-- title: OUT-02
-- meaning: the patient table and the lesion table disagree, or an event code is unknown.
-- reads: derived.patient_ltpfs, derived.lesion_ltp, derived.time_to_event
SELECT 'patient_ltpfs' AS source, p.site, p.patient_id
FROM derived.patient_ltpfs p
FULL JOIN (
    SELECT site, patient_id, count(*) AS n_lesions, count(*) FILTER (is_evaluable) AS n_evaluable_lesions,
           bool_or(ltp) AS ltp, min(ltp_date) AS ltp_date
    FROM derived.lesion_ltp GROUP BY site, patient_id
) l USING (site, patient_id)
-- compare column by column: comparing whole rows takes twice as long
WHERE p.n_lesions IS DISTINCT FROM l.n_lesions
   OR p.n_evaluable_lesions IS DISTINCT FROM l.n_evaluable_lesions
   OR p.ltp IS DISTINCT FROM l.ltp
   OR p.ltp_date IS DISTINCT FROM l.ltp_date
UNION ALL
SELECT 'time_to_event', site, patient_id FROM derived.time_to_event WHERE event IS NULL OR event NOT IN (0, 1, 2, 3)
UNION ALL
SELECT 'time_to_event', site, patient_id
FROM derived.time_to_event t JOIN derived.patient_ltpfs p USING (site, patient_id)
WHERE t.endpoint = 'LTPFS_STUDY' AND (t.event <> p.ltp::INTEGER OR t.days <> p.ltpfs_days)
