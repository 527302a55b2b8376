-- title: TRT-05
-- meaning: the treatment starts after the patient's death, or stops after it. The death stays: sessions and exams, which
--   the registry follows itself, contradict it if it is wrong (pat_08), and the dates of treatments come from others.
SELECT t.row_id, 'start_date' AS column_name
FROM clean.treatments t
JOIN clean.patients p USING (site, patient_id)
WHERE t.start_date > p.death_date
UNION ALL
SELECT t.row_id, 'stop_date'
FROM clean.treatments t
JOIN clean.patients p USING (site, patient_id)
WHERE t.stop_date > p.death_date AND t.start_date <= p.death_date
