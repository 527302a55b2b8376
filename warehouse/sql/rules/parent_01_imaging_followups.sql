-- title: PARENT-01 for exams
-- meaning: a session row of the lesion is set aside, or every session of the patient is.
SELECT i.row_id, 'lesion_id' AS column_name
FROM clean.imaging_followups i
SEMI JOIN work.set_aside_sessions a USING (site, patient_id, lesion_id)
UNION ALL
SELECT i.row_id, 'patient_id'
FROM (
    SELECT * FROM clean.imaging_followups
    ANTI JOIN work.set_aside_sessions USING (site, patient_id, lesion_id)
) i
SEMI JOIN work.set_aside_sessions a USING (site, patient_id)
ANTI JOIN clean.rfa_sessions s USING (site, patient_id)
