-- title: ORPHAN-01 for genotypes
-- meaning: the patient has no session at all.
SELECT g.row_id, 'patient_id' AS column_name
FROM clean.genotypes g
ANTI JOIN clean.rfa_sessions s USING (site, patient_id)
ANTI JOIN work.set_aside_sessions a USING (site, patient_id)
