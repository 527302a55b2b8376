-- title: TRT-06
-- meaning: another treatment of the patient has the same kind, regimen, lesion and first day. Regimens are compared
--   without regard to case; an empty regimen or lesion equals an empty one.
SELECT DISTINCT a.row_id, 'start_date' AS column_name
FROM clean.treatments a
JOIN clean.treatments b USING (site, patient_id, kind, start_date)
WHERE a.treatment_id <> b.treatment_id
  AND lower(a.regimen) IS NOT DISTINCT FROM lower(b.regimen)
  AND a.lesion_id IS NOT DISTINCT FROM b.lesion_id
