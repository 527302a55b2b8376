-- title: OUT-01
-- meaning: days are negative, or differ from end minus start, or a patient's LTPFS is longer than the overall survival.
-- reads: derived.time_to_event
SELECT endpoint, level, site, patient_id, lesion_id
FROM derived.time_to_event
WHERE start_date IS NULL OR end_date IS NULL OR days < 0 OR days IS DISTINCT FROM (end_date - start_date)
UNION ALL
SELECT l.endpoint, l.level, l.site, l.patient_id, l.lesion_id
FROM derived.time_to_event l
JOIN derived.time_to_event o USING (site, patient_id)
WHERE l.endpoint = 'LTPFS' AND l.level = 'patient' AND o.endpoint = 'OS' AND l.days > o.days
