-- title: IMG-07
-- meaning: no viable tumour after LTP without a session of the lesion between the two exams.
SELECT i.row_id, 'lesion_status' AS column_name
FROM clean.imaging_followups i
JOIN (
    SELECT n.row_id, max(l.exam_date) AS ltp_date
    FROM clean.imaging_followups n
    JOIN clean.imaging_followups l USING (site, patient_id, lesion_id)
    WHERE n.lesion_status = 'no_viable' AND l.lesion_status = 'ltp' AND l.exam_date < n.exam_date
    GROUP BY n.row_id
) p USING (row_id)
WHERE NOT EXISTS (
    SELECT 1 FROM clean.rfa_sessions s
    WHERE s.site = i.site AND s.patient_id = i.patient_id AND s.lesion_id = i.lesion_id
      AND s.session_date >= p.ltp_date AND s.session_date <= i.exam_date
)
