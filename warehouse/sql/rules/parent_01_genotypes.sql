-- title: PARENT-01 for genotypes
-- meaning: every session of the patient is set aside.
SELECT g.row_id, 'patient_id' AS column_name
FROM clean.genotypes g
SEMI JOIN work.set_aside_sessions a USING (site, patient_id)
ANTI JOIN clean.rfa_sessions s USING (site, patient_id)
