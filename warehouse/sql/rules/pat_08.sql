-- title: PAT-08 for deaths
-- meaning: a session is after the death, or an exam is more than 7 days after it. Evidence of life outweighs a typed
--   date, so both columns of the death are set aside. The date of an exam within 7 days is usually that of its report
--   (pat_08_imaging_followups). A session has no report date, so a session one day after the death is enough.
SELECT p.row_id, unnest(['vital_status', 'death_date']) AS column_name
FROM clean.patients p
JOIN (
    SELECT site, patient_id, max(outlived) AS last_day_outlived
    FROM (
        SELECT site, patient_id, session_date AS outlived FROM clean.rfa_sessions
        UNION ALL
        SELECT site, patient_id, exam_date - 7 FROM clean.imaging_followups
    )
    GROUP BY ALL
) s USING (site, patient_id)
WHERE p.death_date < s.last_day_outlived
