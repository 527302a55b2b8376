-- title: IMG-05
-- meaning: LTP is stated without an earlier adequate exam, that is a contrast-enhanced CT or MR after the first
--   session that shows no viable tumour. It is derived as residual tumour.
SELECT i.row_id, 'lesion_status' AS column_name
FROM clean.imaging_followups i
JOIN (
    SELECT site, patient_id, lesion_id, min(session_date) AS first_session FROM clean.rfa_sessions GROUP BY ALL
) s USING (site, patient_id, lesion_id)
WHERE i.lesion_status = 'ltp'
  AND NOT EXISTS (
      SELECT 1 FROM clean.imaging_followups a
      WHERE a.site = i.site AND a.patient_id = i.patient_id AND a.lesion_id = i.lesion_id
        AND a.lesion_status = 'no_viable' AND a.exam_date < i.exam_date
        AND is_qualifying(a.modality, a.contrast_enhanced, a.lesion_status, a.exam_date, s.first_session)
  )
