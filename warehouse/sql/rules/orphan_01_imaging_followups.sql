-- title: ORPHAN-01 for exams
-- meaning: the patient has no session at all, or the exam's lesion is in none of the patient's sessions.
WITH unknown AS MATERIALIZED (
    -- few rows: those of a patient without sessions are among them
    SELECT i.row_id, i.site, i.patient_id, i.lesion_id
    FROM clean.imaging_followups i
    ANTI JOIN clean.rfa_sessions s USING (site, patient_id, lesion_id)
)
SELECT u.row_id, 'patient_id' AS column_name
FROM unknown u
ANTI JOIN clean.rfa_sessions s USING (site, patient_id)
ANTI JOIN work.set_aside_sessions a USING (site, patient_id)
UNION ALL
SELECT u.row_id, 'lesion_id'
FROM (SELECT * FROM unknown WHERE lesion_id IS NOT NULL) u
SEMI JOIN (SELECT site, patient_id FROM clean.rfa_sessions) p USING (site, patient_id)
ANTI JOIN work.set_aside_sessions a USING (site, patient_id, lesion_id)
