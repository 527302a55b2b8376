-- title: Quality flags of patients
-- meaning: the input of analysis.quality_sensitivity: whether any of the patient's accepted rows carries a warning, and
--   whether any of the patient's rows or values is set aside. One row per patient with an ablated lesion.
-- reads: derived.patient_ltpfs, quality.quarantine, clean.patients, clean.rfa_sessions, clean.genotypes,
--   clean.imaging_followups, clean.treatments
WITH flagged AS (
    SELECT site, patient_id FROM clean.patients WHERE len(flags) > 0
    UNION SELECT site, patient_id FROM clean.rfa_sessions WHERE len(flags) > 0
    UNION SELECT site, patient_id FROM clean.genotypes WHERE len(flags) > 0
    UNION SELECT site, patient_id FROM clean.imaging_followups WHERE len(flags) > 0
    UNION SELECT site, patient_id FROM clean.treatments WHERE len(flags) > 0
), set_aside AS (
    SELECT DISTINCT site, json_extract_string(row, '$.patient_id') AS patient_id FROM quality.quarantine
)
SELECT
    p.site, p.patient_id, f.patient_id IS NOT NULL AS has_flags, s.patient_id IS NOT NULL AS has_set_aside
FROM derived.patient_ltpfs p
LEFT JOIN flagged f USING (site, patient_id)
LEFT JOIN set_aside s USING (site, patient_id)
