-- title: PARENT-01 for treatments
-- meaning: a session row of the treated lesion is set aside, or every session of the patient is.
SELECT t.row_id, 'lesion_id' AS column_name
FROM clean.treatments t
SEMI JOIN work.set_aside_sessions a USING (site, patient_id, lesion_id)
UNION ALL
SELECT t.row_id, 'patient_id'
FROM (
    SELECT * FROM clean.treatments
    ANTI JOIN work.set_aside_sessions USING (site, patient_id, lesion_id)
) t
SEMI JOIN work.set_aside_sessions a USING (site, patient_id)
ANTI JOIN clean.rfa_sessions s USING (site, patient_id)
