-- title: TRT-07
-- meaning: a resection after the patient's first session names no lesion. Which part of the liver was removed is not
--   known, so it ends no lesion's clock.
SELECT t.row_id, 'lesion_id' AS column_name
FROM clean.treatments t
JOIN (SELECT site, patient_id, min(session_date) AS first_session FROM clean.rfa_sessions GROUP BY ALL) s
  USING (site, patient_id)
WHERE t.kind = 'resection' AND t.lesion_id IS NULL AND t.start_date > s.first_session
