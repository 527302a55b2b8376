-- title: ORPHAN-01 for treatments
-- meaning: the patient has no session at all, or the treatment's lesion is in none of the patient's sessions.
SELECT t.row_id, 'patient_id' AS column_name
FROM clean.treatments t
ANTI JOIN clean.rfa_sessions s USING (site, patient_id)
ANTI JOIN work.set_aside_sessions a USING (site, patient_id)
UNION ALL
SELECT t.row_id, 'lesion_id'
FROM (SELECT * FROM clean.treatments WHERE lesion_id IS NOT NULL) t
SEMI JOIN (SELECT site, patient_id FROM clean.rfa_sessions) p USING (site, patient_id)
ANTI JOIN clean.rfa_sessions s USING (site, patient_id, lesion_id)
ANTI JOIN work.set_aside_sessions a USING (site, patient_id, lesion_id)
