-- title: IMG-03
-- meaning: the exam is before the lesion's first session.
SELECT i.row_id, 'exam_date' AS column_name
FROM clean.imaging_followups i
JOIN (
    SELECT site, patient_id, lesion_id, min(session_date) AS first_session FROM clean.rfa_sessions GROUP BY ALL
) s USING (site, patient_id, lesion_id)
WHERE i.exam_date < s.first_session
