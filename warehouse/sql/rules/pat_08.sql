-- title: PAT-08
-- meaning: a session or an exam is after the death. Evidence of life outweighs a typed date, so both columns of
--   the death are set aside.
SELECT p.row_id, unnest(['vital_status', 'death_date']) AS column_name
FROM clean.patients p
JOIN (
    SELECT site, patient_id, max(seen_alive) AS last_seen_alive
    FROM (
        SELECT site, patient_id, session_date AS seen_alive FROM clean.rfa_sessions
        UNION ALL
        SELECT site, patient_id, exam_date FROM clean.imaging_followups
    )
    GROUP BY ALL
) s USING (site, patient_id)
WHERE p.death_date < s.last_seen_alive
