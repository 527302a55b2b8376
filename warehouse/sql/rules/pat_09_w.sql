-- title: PAT-09-W
-- meaning: the last contact is before the patient's latest session or exam.
SELECT p.row_id, 'last_contact_date' AS column_name
FROM clean.patients p
JOIN (
    SELECT site, patient_id, max(seen_alive) AS last_seen
    FROM (
        SELECT site, patient_id, session_date AS seen_alive FROM clean.rfa_sessions
        UNION ALL
        SELECT site, patient_id, exam_date FROM clean.imaging_followups
    )
    GROUP BY ALL
) s USING (site, patient_id)
WHERE p.last_contact_date < s.last_seen
