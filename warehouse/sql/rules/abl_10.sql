-- title: ABL-10
-- meaning: the lesion was ablated again, more than a day later, without an exam of it between the two sessions. An
--   exam on the day of the second session counts, because it may have led to that session.
SELECT later.row_id, 'session_date' AS column_name
FROM (
    SELECT *, max(session_date) OVER (
        PARTITION BY site, patient_id, lesion_id ORDER BY session_date
        RANGE BETWEEN UNBOUNDED PRECEDING AND INTERVAL 1 DAY PRECEDING) AS earlier_date
    FROM clean.rfa_sessions
) later
WHERE later.session_date > later.earlier_date + 1
  AND NOT EXISTS (
      SELECT 1 FROM clean.imaging_followups i
      WHERE i.site = later.site AND i.patient_id = later.patient_id AND i.lesion_id = later.lesion_id
        AND i.exam_date > later.earlier_date AND i.exam_date <= later.session_date
  )
