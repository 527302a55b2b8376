-- title: ORPHAN-01 for exams
-- meaning: the patient has no session at all, or the exam's lesion is in none of the patient's sessions.
SELECT i.row_id, 'patient_id' AS column_name
FROM clean.imaging_followups i
ANTI JOIN clean.rfa_sessions s USING (site, patient_id)
ANTI JOIN work.set_aside_sessions a USING (site, patient_id)
UNION ALL
SELECT i.row_id, 'lesion_id'
FROM (SELECT * FROM clean.imaging_followups WHERE lesion_id IS NOT NULL) i
SEMI JOIN (SELECT site, patient_id FROM clean.rfa_sessions) p USING (site, patient_id)
ANTI JOIN clean.rfa_sessions s USING (site, patient_id, lesion_id)
ANTI JOIN work.set_aside_sessions a USING (site, patient_id, lesion_id)
